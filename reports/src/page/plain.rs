//! Plain words out of documentation: links lose their markup, code its backticks.

/// The text as people read it: of a link its words, of a path in code its last name.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', '`']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (words, after) = link(from).or_else(|| code(from)).unwrap_or_else(|| {
            let (mark, after) = from.split_at(1);
            (mark.to_owned(), after)
        });
        out.push_str(&words);
        rest = after;
    }
    out + rest
}

/// A link at the beginning of `text`, `[words](target)`, `[words][target]` or `` [`path`] ``: its words and what
/// follows.
fn link(text: &str) -> Option<(String, &str)> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    let target = |open, close| after.strip_prefix(open).and_then(|target: &str| target.split_once(close));
    let path = inside.strip_prefix('`').and_then(|path| path.strip_suffix('`'));
    let words = match path {
        Some(path) => path.rsplit("::").next().unwrap_or(path).trim_end_matches("()").replace('_', " "),
        None => plain(inside),
    };
    match target('(', ')').or_else(|| target('[', ']')) {
        Some((_, after)) => Some((words, after)),
        None => path.map(|_| (words, after)),
    }
}

/// Code at the beginning of `text`: what stands between its backticks, and what follows.
fn code(text: &str) -> Option<(String, &str)> {
    let (inside, after) = text.strip_prefix('`')?.split_once('`')?;
    Some((inside.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_link_leaves_its_words() {
        for (marked, words) in [
            ("[`super::Cost::spread`] says how far", "spread says how far"),
            (
                "As [`Respiration`](super::respiration::Respiration) and [`Rate::half_life()`].",
                "As Respiration and half life.",
            ),
            ("see [the `law`](crate::law) or [laws][law]; on", "see the law or laws; on"),
            ("a block (`worm.site_addresses`), in", "a block (worm.site_addresses), in"),
        ] {
            assert_eq!(plain(marked), words);
        }
    }

    #[test]
    fn what_is_no_link_stays() {
        for text in ["rates [min⁻¹], and", "an open [ and a lone ` are left", "", "[[", "see [1] of [2"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("(`[streams] as = \"packets\"` runs)"), "([streams] as = \"packets\" runs)");
    }
}
