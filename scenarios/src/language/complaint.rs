//! What a value's own reader has to say: a finding that does not know its file yet.
//!
//! A `Deserialize` may fail with one text only. Complaints are packed into that text and unpacked where the
//! file is known, so that one reader may complain several times, each at its own place.

use std::ops::Range;

/// A finding about a value, before it is known in which file the value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The finding's code, such as `S012`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where: bytes from the file's beginning; none for the whole value.
    pub span: Option<Range<usize>>,
    /// What stands under the caret.
    pub label: String,
    /// What to do about it.
    pub help: String,
}

/// Parts of one complaint are set apart by this, complaints by the next: neither may stand in a TOML file,
/// and a text that smuggles one in by an escape loses it in [`tidy`].
const PART: char = '\u{1}';
const NEXT: char = '\u{2}';

/// In a message: the key whose value is complained about.
pub const THIS: char = '\u{3}';

/// A text without control characters, cut after 60 characters: what a file says may be shown, not obeyed.
pub fn tidy(text: &str) -> String {
    let mut tidied: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if let Some((end, _)) = tidied.char_indices().nth(60) {
        tidied.truncate(end);
        tidied.push('…');
    }
    tidied
}

impl Complaint {
    /// A complaint with a message alone.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        let (label, help) = (String::new(), String::new());
        Self { code, message: message.into(), span: None, label, help }
    }

    /// At this place.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// With these words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With this advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// As the error of a deserializer.
    pub fn into_error<E: serde::de::Error>(self) -> E {
        E::custom(pack(&[self]))
    }
}

/// Complaints as one text.
pub fn pack(complaints: &[Complaint]) -> String {
    let clean = |text: &str| text.replace([PART, NEXT], "\u{fffd}");
    let mut packed = String::new();
    for one in complaints {
        let (start, end) = one
            .span
            .as_ref()
            .map_or((String::new(), String::new()), |span| (span.start.to_string(), span.end.to_string()));
        packed.push(NEXT);
        let parts = [one.code, &start, &end, &clean(&one.message), &clean(&one.label), &clean(&one.help)];
        for part in parts {
            packed.push(PART);
            packed.push_str(part);
        }
    }
    packed
}

/// The complaints in a text, if it holds any.
pub fn unpack(text: &str) -> Vec<Complaint> {
    text.split(NEXT).skip(1).filter_map(unpack_one).collect()
}

fn unpack_one(text: &str) -> Option<Complaint> {
    let mut parts = text.split(PART).skip(1);
    let code = super::explain::code(parts.next()?)?;
    let (start, end) = (parts.next()?.parse(), parts.next()?.parse());
    let span = start.ok().zip(end.ok()).map(|(start, end)| start..end);
    let mut words = || parts.next().unwrap_or_default().to_owned();
    Some(Complaint { code, span, message: words(), label: words(), help: words() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_come_out_as_they_went_in() {
        let two = [
            Complaint::new("S012", "`horizon` needs a unit").at(3..9).label("write \"1 day\"").help("units"),
            Complaint::new("S004", "no key is called `x`"),
        ];
        assert_eq!(unpack(&pack(&two)), two);
        assert!(unpack("missing field `zone`").is_empty());
    }

    #[test]
    fn what_a_file_says_is_shown_and_not_obeyed() {
        assert_eq!(tidy("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(tidy(&"x".repeat(100)).chars().count(), 61);
    }
}
