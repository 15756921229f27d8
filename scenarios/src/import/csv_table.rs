//! Tables as people export them: comma, semicolon or tab, quoted or not, with a byte-order mark or without.

use super::json::short;
use super::{ImportError, Remark};

/// The largest table that is read [bytes].
const MAX_CSV: usize = 64 << 20;

/// A table whose header has been found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    /// Column names as written.
    pub(super) header: Vec<String>,
    /// Line number and cells, trimmed; as many as the header has.
    pub(super) rows: Vec<(u64, Vec<String>)>,
    /// Rows that could not be used, and how the file was read where that is worth telling.
    pub(super) remarks: Vec<Remark>,
}

/// Small letters and digits alone: `Device Role`, `device_role` and `device-role` are the same column.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Read a table. `what` and `expected` say in a refusal what was looked for.
pub(super) fn read(
    file: &str,
    bytes: &[u8],
    what: &'static str,
    expected: &str,
) -> Result<Table, ImportError> {
    if bytes.len() > MAX_CSV {
        return Err(ImportError::TooLarge { file: file.into(), bytes: bytes.len(), most: MAX_CSV });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ImportError::Empty { file: file.into() });
    }
    let not_this = |found: String| ImportError::NotThis {
        file: file.into(),
        what,
        expected: format!("expected {expected}; found {found}"),
    };
    if bytes.contains(&0) {
        return Err(not_this("bytes that are no text".into()));
    }
    let mut remarks = Vec::new();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        Err(source) => {
            let line = bytes[..source.valid_up_to()].iter().filter(|&&b| b == b'\n').count() as u64 + 1;
            let text = "not UTF-8; the file was read as Latin-1".to_owned();
            remarks.push(Remark { file: file.into(), line, at: "encoding".into(), text });
            bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into()
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(_) => return Err(not_this("a first line that is no list of columns".into())),
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let Ok(record) = record else { continue }; // the text is UTF-8 and lies in memory: there is no other error
        // A record's position is where the one before ended: blank lines between them belong to neither.
        let line = record.position().map_or(0, |position| {
            let rest = text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
            let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
            position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
        });
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let surplus = cells.iter().skip(header.len()).any(|cell| !cell.is_empty());
        if surplus || cells.len() < header.len().min(2) {
            let text = format!("{} cells under {} columns; left out", cells.len(), header.len());
            remarks.push(Remark { file: file.into(), line, at: "row".into(), text });
            continue;
        }
        cells.resize(header.len(), String::new());
        rows.push((line, cells));
    }
    Ok(Table { header, rows, remarks })
}

/// Which of comma, semicolon and tab the first line has most of, outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(mark, _)| *mark == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(mark, _)| *mark)
}

impl Table {
    /// The columns as an error may quote them.
    pub(super) fn columns(&self) -> String {
        let names: Vec<String> =
            self.header.iter().take(12).map(|name| format!("`{}`", short(name))).collect();
        format!("{}{}", names.join(", "), if self.header.len() > 12 { ", …" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Table {
        read("x.csv", text.as_bytes(), "table", "columns").unwrap()
    }

    #[test]
    fn semicolons_quotes_marks_and_short_rows_are_read() {
        let table = rows("\u{feff}Name;Role;Notes\n\"a;b\";x;1,2\n\nc;y\n");
        assert_eq!(table.header, ["Name", "Role", "Notes"]);
        assert_eq!(table.rows[0], (2, vec!["a;b".into(), "x".into(), "1,2".into()]));
        assert_eq!(table.rows[1], (4, vec!["c".into(), "y".into(), String::new()]));
    }

    #[test]
    fn a_row_with_too_many_cells_is_listed_with_its_line() {
        let table = rows("a,b\n1,2,3\n4,5\n");
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.remarks[0].to_string(), "x.csv:2: row: 3 cells under 2 columns; left out");
    }

    #[test]
    fn latin_1_is_read_and_said() {
        let table = read("x.csv", b"name,role\nT\xfcr,lock\n", "table", "columns").unwrap();
        assert_eq!(table.rows[0].1[0], "T\u{fc}r");
        assert!(table.remarks[0].text.contains("Latin-1"));
        assert!(read("x.csv", b"name\0,role\n", "table", "columns").is_err());
    }
}
