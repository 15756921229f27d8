//! The codes of findings, each with a page.

/// A code and its page, in Markdown.
pub type Page = (&'static str, &'static str);

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../../../docs/findings/", $code, ".md")))),*]
    };
}

/// Every code that a finding may have.
pub const PAGES: &[Page] = pages![
    "S001", "S002", "S003", "S004", "S005", "S006", "S007", "S008", "S009", "S010", "S011", "S012", "S013",
    "S014", "S015", "S016", "S017", "S018", "S019", "S020", "S021", "S022", "S023", "S024", "S025", "S026",
    "S027", "S028", "S029", "S030", "S031", "S032", "S033", "S034", "S040", "S041", "S043", "S044", "S045",
    "S050", "S051"
];

/// The code as it stands in the list, for a text that names it.
pub fn code(text: &str) -> Option<&'static str> {
    PAGES.iter().map(|page| page.0).find(|code| code.eq_ignore_ascii_case(text))
}

/// The page of a code.
pub fn page(text: &str) -> Option<&'static str> {
    PAGES.iter().find(|page| page.0.eq_ignore_ascii_case(text)).map(|page| page.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");

    fn sources(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let mut text = String::new();
        for folder in ["language", "controls", "happenings", "campaigns"] {
            sources(&Path::new(ROOT).join("src").join(folder), &mut text);
        }
        let mut used: Vec<&str> = text
            .match_indices("\"S0")
            .filter_map(|(at, _)| text.get(at + 1..at + 5).filter(|_| text.get(at + 5..at + 6) == Some("\"")))
            .collect();
        used.sort_unstable();
        used.dedup();
        let pages: Vec<&str> = PAGES.iter().map(|page| page.0).collect();
        assert_eq!(used, pages);
        let files = std::fs::read_dir(Path::new(ROOT).join("../docs/findings")).unwrap().count();
        assert_eq!(files, PAGES.len());
    }

    #[test]
    fn a_page_opens_with_its_code_and_says_what_to_do() {
        for (code, page) in PAGES {
            assert!(page.starts_with(&format!("# {code}: ")), "{code}");
            assert!(page.trim().split("\n\n").count() >= 3, "{code}");
        }
        assert_eq!(super::page("s007"), super::page("S007"));
    }
}
