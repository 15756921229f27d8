//! The files of a scenario, and where things stand in them.

use super::scenario::Place;
use std::ops::Range;

/// The files of a scenario; the first is its own, the others are included.
#[derive(Clone, Debug, Default)]
pub struct Files(Vec<File>);

#[derive(Clone, Debug)]
struct File {
    name: String,
    text: String,
}

/// A line of a file, and what of it is meant.
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    pub(crate) number: usize,
    pub(crate) span: Range<usize>,
}

impl Files {
    pub(crate) fn add(&mut self, name: String, text: String) -> usize {
        self.0.push(File { name, text });
        self.0.len() - 1
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of a file, as a finding gives it.
    pub fn name(&self, file: usize) -> Option<&str> {
        self.0.get(file).map(|file| file.name.as_str())
    }

    /// The text of a file; empty where it could not be read.
    pub fn text(&self, file: usize) -> Option<&str> {
        self.0.get(file).map(|file| file.text.as_str())
    }

    /// The first line of a place; none in a file without text.
    pub(crate) fn line(&self, place: &Place) -> Option<Line<'_>> {
        let text = self.text(place.file).filter(|text| !text.is_empty())?;
        let start = text.floor_char_boundary(place.start.min(text.len()));
        let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[from..].split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let number = text[..from].bytes().filter(|&b| b == b'\n').count() + 1;
        let start = (start - from).min(line.len());
        let end = line.floor_char_boundary(place.end.saturating_sub(from).min(line.len())).max(start);
        // A mark of no length marks the next character, if there is one.
        let end = if end == start { line.ceil_char_boundary((start + 1).min(line.len())) } else { end };
        Some(Line { text: line, number, span: start..end })
    }

    /// Line and column, both from 1; columns count characters.
    pub fn line_and_column(&self, place: &Place) -> Option<(usize, usize)> {
        let line = self.line(place)?;
        Some((line.number, line.text[..line.span.start].chars().count() + 1))
    }

    /// `FILE:LINE`, for a help that points elsewhere.
    pub(crate) fn shown(&self, place: &Place) -> String {
        let name = self.name(place.file).unwrap_or_default();
        match self.line_and_column(place) {
            Some((line, _)) => format!("{name}:{line}"),
            None => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_column_counted_in_characters() {
        let mut files = Files::default();
        let file = files.add("a.toml".to_owned(), "eins\nzwö = 1\r\n".to_owned());
        assert_eq!(files.line_and_column(&Place::new(file, 0..1)), Some((1, 1)));
        assert_eq!(files.line_and_column(&Place::new(file, 12..13)), Some((2, 7)));
        for (start, end) in [(8, 9), (9, 3), (99, 7), (14, 14), (4, 400)] {
            let line = files.line(&Place { file, start, end }).unwrap();
            assert!(line.text.get(line.span).is_some(), "{start}");
        }
    }
}
