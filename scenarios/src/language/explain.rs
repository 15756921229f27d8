//! The codes of findings, each with a page.

/// A code and its page, in Markdown.
pub type Page = (&'static str, &'static str);

macro_rules! pages {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../../../docs/findings/", $code, ".md")))),*]
    };
}

/// Every code that a finding may have.
pub const PAGES: &[Page] = pages![];

/// The code as it stands in the list, for a text that names it.
pub fn code(text: &str) -> Option<&'static str> {
    PAGES.iter().map(|page| page.0).find(|code| code.eq_ignore_ascii_case(text))
}

/// The page of a code.
pub fn page(text: &str) -> Option<&'static str> {
    PAGES.iter().find(|page| page.0.eq_ignore_ascii_case(text)).map(|page| page.1)
}
