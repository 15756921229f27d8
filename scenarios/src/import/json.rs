//! JSON that remembers where everything stands, so that a mistake deep in a profile can be pointed at.

use super::ImportError;

/// The largest JSON document that is read [bytes]: forty times the largest of 118 public MUD profiles (95 kB).
pub const MAX_JSON: usize = 4 << 20;

/// A JSON value and the byte where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Offset of the first byte [bytes].
    pub(super) at: usize,
    /// What stands there.
    pub(super) value: Value,
}

/// What a JSON node can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// A number as it was written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// Members in file order; a name that stands twice is refused.
    Object(Vec<(String, Node)>),
}

/// A value on its way through the reader: its node, and the JSON pointer (RFC 6901) that leads to it.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) node: &'a Node,
    pub(super) pointer: String,
    file: &'a str,
    lines: &'a [usize],
}

/// Read a document and hand its root to `read`.
pub(super) fn with_root<T>(
    file: &str,
    bytes: &[u8],
    read: impl FnOnce(Place<'_>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    if bytes.len() > MAX_JSON {
        return Err(ImportError::TooLarge { file: file.into(), bytes: bytes.len(), most: MAX_JSON });
    }
    let text = std::str::from_utf8(bytes).map_err(|source| {
        let (line, column) = line_column(bytes, source.valid_up_to());
        ImportError::NotText { file: file.into(), line, column }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ImportError::Empty { file: file.into() });
    }
    // serde_json refuses what is no JSON, with its place, and anything nested deeper than 128: the scan below
    // may therefore recurse.
    serde_json::from_str::<serde_json::Value>(text).map_err(|source| ImportError::Json {
        file: file.into(),
        line: source.line(),
        column: source.column(),
        source,
    })?;
    let mut scan = Scan { file, text, at: 0 };
    let node = scan.value("")?;
    let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let lines: Vec<usize> = std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect();
    read(Place { node: &node, pointer: String::new(), file, lines: &lines })
}

/// Line and column (both from 1, the column in bytes) of an offset.
pub(super) fn line_column(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at.min(bytes.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
    (line, column)
}

/// One name of a JSON pointer, escaped.
fn pointer_step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl<'a> Place<'a> {
    /// An error at this place.
    pub(super) fn wrong(&self, expected: impl Into<String>) -> ImportError {
        let line = self.line();
        let column = self.node.at - self.lines.get(line - 1).copied().unwrap_or(0) + 1;
        ImportError::Structure {
            file: self.file.into(),
            pointer: if self.pointer.is_empty() { "/".into() } else { self.pointer.clone() },
            line,
            column,
            expected: expected.into(),
        }
    }

    /// The line this value starts on, from 1.
    pub(super) fn line(&self) -> usize {
        self.lines.partition_point(|start| *start <= self.node.at).max(1)
    }

    /// The members of an object, each with its place.
    pub(super) fn members(&self) -> Result<Vec<(&'a str, Place<'a>)>, ImportError> {
        let Value::Object(members) = &self.node.value else {
            return Err(self.wrong("an object `{ … }`"));
        };
        Ok(members
            .iter()
            .map(|(name, node)| {
                let pointer = format!("{}/{}", self.pointer, pointer_step(name));
                (name.as_str(), Place { node, pointer, ..*self })
            })
            .collect())
    }

    /// The items of an array, each with its place.
    pub(super) fn items(&self) -> Result<Vec<Place<'a>>, ImportError> {
        let Value::List(items) = &self.node.value else {
            return Err(self.wrong("an array `[ … ]`"));
        };
        let place = |(i, node)| Place { node, pointer: format!("{}/{i}", self.pointer), ..*self };
        Ok(items.iter().enumerate().map(place).collect())
    }

    /// The member called `name`, if the object has one.
    pub(super) fn get(&self, name: &str) -> Result<Option<Place<'a>>, ImportError> {
        Ok(self.members()?.into_iter().find(|(member, _)| *member == name).map(|(_, place)| place))
    }

    /// The member called `name`, which must be there.
    pub(super) fn need(&self, name: &str) -> Result<Place<'a>, ImportError> {
        self.get(name)?.ok_or_else(|| self.wrong(format!("an object with a member `{name}`")))
    }

    /// Text.
    pub(super) fn text(&self) -> Result<&'a str, ImportError> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong("text in quotes")),
        }
    }

    /// A whole number from 0 to `most`; text that holds one is taken too, as YANG's wider integers are written.
    pub(super) fn whole(&self, most: u64) -> Result<u64, ImportError> {
        let digits = match &self.node.value {
            Value::Number(digits) | Value::Text(digits) => digits,
            _ => return Err(self.wrong(format!("a whole number from 0 to {most}"))),
        };
        let number = digits.parse::<u64>().ok().filter(|n| *n <= most);
        number.ok_or_else(|| self.wrong(format!("a whole number from 0 to {most}, not `{}`", short(digits))))
    }
}

/// A value as an error may quote it: its first forty characters.
pub(super) fn short(text: &str) -> String {
    let mut quote: String =
        text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        quote.push('…');
    }
    quote
}

/// Goes once through text that is known to be JSON.
struct Scan<'a> {
    file: &'a str,
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    fn byte(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or(0)
    }

    fn wrong(&self, at: usize, pointer: &str, expected: String) -> ImportError {
        let (line, column) = line_column(self.text.as_bytes(), at);
        ImportError::Structure { file: self.file.into(), pointer: pointer.into(), line, column, expected }
    }

    fn value(&mut self, pointer: &str) -> Result<Node, ImportError> {
        let first = self.byte();
        let at = self.at;
        let value = match first {
            b'{' => self.object(pointer)?,
            b'[' => self.list(pointer)?,
            b'"' => Value::Text(self.string(pointer)?),
            _ => match self.word() {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => Value::Number(number.to_owned()),
            },
        };
        Ok(Node { at, value })
    }

    fn word(&mut self) -> &str {
        let from = self.at;
        let rest = &self.text[from..];
        let end = rest.find(|c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace());
        self.at = from + end.unwrap_or(rest.len());
        &self.text[from..self.at]
    }

    fn string(&mut self, pointer: &str) -> Result<String, ImportError> {
        let (from, bytes) = (self.at, self.text.as_bytes());
        let mut end = from + 1;
        while let Some(&byte) = bytes.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        self.at = (end + 1).min(bytes.len());
        let quoted = self.text.get(from..self.at).unwrap_or_default();
        serde_json::from_str(quoted).map_err(|_| self.wrong(from, pointer, "text in quotes".into()))
    }

    fn list(&mut self, pointer: &str) -> Result<Value, ImportError> {
        self.at += 1;
        let mut items = Vec::new();
        while !matches!(self.byte(), b']' | 0) {
            if self.byte() == b',' {
                self.at += 1;
            }
            items.push(self.value(&format!("{pointer}/{}", items.len()))?);
        }
        self.at += 1;
        Ok(Value::List(items))
    }

    fn object(&mut self, pointer: &str) -> Result<Value, ImportError> {
        self.at += 1;
        let mut members: Vec<(String, Node)> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        while !matches!(self.byte(), b'}' | 0) {
            if self.byte() == b',' {
                self.at += 1;
                self.byte();
            }
            let at = self.at;
            let name = self.string(pointer)?;
            let inner = format!("{pointer}/{}", pointer_step(&name));
            if !names.insert(name.clone()) {
                return Err(self.wrong(at, &inner, "each member once: this name stands twice".into()));
            }
            self.byte();
            self.at += 1; // the colon
            let node = self.value(&inner)?;
            members.push((name, node));
        }
        self.at += 1;
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line_and_its_pointer() {
        let text = "{\n  \"a\": [1, {\"b/c\": \"\\u0041\\\"\"}],\n  \"d\" : true\n}";
        with_root("x.json", text.as_bytes(), |root| {
            let list = root.need("a")?.items()?;
            assert_eq!(list[0].whole(9)?, 1);
            let inner = list[1].need("b/c")?;
            assert_eq!((inner.text()?, inner.pointer.as_str(), inner.line()), ("A\"", "/a/1/b~1c", 2));
            let refused = root.need("d")?.text().unwrap_err().to_string();
            assert!(refused.contains("/d") && refused.contains("3:9"), "{refused}");
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let refused = with_root("x.json", b"{\"a\": 1,\n \"a\": 2}", |_| Ok(())).unwrap_err().to_string();
        assert!(refused.contains("twice") && refused.contains("2:2"), "{refused}");
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused() {
        assert!(with_root("x.json", "[".repeat(100_000).as_bytes(), |_| Ok(())).is_err());
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert!(with_root("x.json", deep.as_bytes(), |_| Ok(())).is_err());
    }
}
