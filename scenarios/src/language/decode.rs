//! One table becomes one typed thing; every mistake in it becomes a finding.
//!
//! Serde stops at the first mistake. So the mistaken entry is noted and taken out of the table, and the rest
//! is read again, until it reads or nothing more can be taken out.

use super::complaint::{Complaint, THIS, tidy, unpack};
use super::findings::Finding;
use super::nearest;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// No table has more findings than this: a file of noise is answered with a page, not with a book.
const MOST: usize = 20;

/// What a table is, for its findings.
pub(crate) struct Subject<'s> {
    /// How it is called: `[fleet.pumps]`.
    pub(crate) called: String,
    /// Where its name stands.
    pub(crate) named: Range<usize>,
    /// Keys that it may also have, and that were read before.
    pub(crate) besides: &'s [&'s str],
}

/// What came of reading a table.
pub(crate) struct Outcome<T> {
    /// The thing, if it could be read, be it without its mistaken entries.
    pub(crate) value: Option<T>,
    /// What is wrong.
    pub(crate) complaints: Vec<Complaint>,
}

/// Reads a table.
pub(crate) fn decode<T>(
    subject: &Subject<'_>,
    mut table: DeTable<'_>,
    read: impl Fn(ValueDeserializer<'_>) -> Result<T, toml::de::Error>,
) -> Outcome<T> {
    let (mut complaints, mut removed) = (Vec::new(), Vec::new());
    while complaints.len() < MOST {
        let whole = Spanned::new(subject.named.clone(), DeValue::Table(table.clone()));
        let error = match read(ValueDeserializer::from(whole)) {
            Ok(value) => return Outcome { value: Some(value), complaints },
            Err(error) => error,
        };
        let span = error.span().filter(|span| *span != subject.named);
        let key = span.as_ref().and_then(|span| key_at(&table, span)).unwrap_or_default();
        for complaint in translate(&error, subject, &removed) {
            let span = complaint.span.clone().or_else(|| span.clone());
            let span = span.unwrap_or_else(|| subject.named.clone());
            let named = key_at(&table, &span).unwrap_or_else(|| key.clone());
            let message = complaint.message.replace(THIS, &format!("`{named}`"));
            complaints.push(Complaint { message, ..complaint }.at(span));
        }
        match span.and_then(|span| remove_at(&mut table, &span)) {
            Some(key) => removed.push(key),
            None => break,
        }
    }
    Outcome { value: None, complaints }
}

/// Whether a value, or anything in it, holds the span. A table that is opened by a header has the header's
/// span, so its entries are asked too.
fn holds(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    let own = value.span();
    own.start <= span.start && span.end <= own.end
        || match value.get_ref() {
            DeValue::Table(table) => table.iter().any(|(key, value)| is_at(key, span) || holds(value, span)),
            DeValue::Array(list) => list.iter().any(|value| holds(value, span)),
            _ => false,
        }
}

fn is_at(key: &Spanned<Cow<'_, str>>, span: &Range<usize>) -> bool {
    key.span() == *span
}

fn entry_at<'i>(table: &DeTable<'i>, span: &Range<usize>) -> Option<Spanned<Cow<'i, str>>> {
    table.iter().find(|(key, value)| is_at(key, span) || holds(value, span)).map(|(key, _)| key.clone())
}

/// The name of the innermost entry that holds the span.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let key = entry_at(table, span)?;
    let inner = match table.get(&key).map(Spanned::get_ref) {
        Some(DeValue::Table(inner)) if !is_at(&key, span) => key_at(inner, span),
        Some(DeValue::Array(list)) => list.iter().find_map(|value| key_at(value.get_ref().as_table()?, span)),
        _ => None,
    };
    inner.or_else(|| Some(tidy(key.get_ref())))
}

/// Takes out the innermost entry that holds the span, and tells its name.
fn remove_at(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let key = entry_at(table, span)?;
    if !is_at(&key, span) {
        let inner = match table.get_mut(&key).map(Spanned::get_mut) {
            Some(DeValue::Table(inner)) => remove_at(inner, span),
            Some(DeValue::Array(list)) => list.iter_mut().find_map(|value| match value.get_mut() {
                DeValue::Table(inner) => remove_at(inner, span),
                _ => None,
            }),
            _ => None,
        };
        if inner.is_some() {
            return inner;
        }
    }
    table.remove(&key).map(|_| key.into_inner().into_owned())
}

/// What serde says, in this language's words.
fn translate(error: &toml::de::Error, subject: &Subject<'_>, removed: &[String]) -> Vec<Complaint> {
    let said = error.message();
    let packed = unpack(said);
    if !packed.is_empty() {
        return packed;
    }
    let called = &subject.called;
    let inside = error.span().is_some_and(|span| span != subject.named);
    vec![if let Some((key, known)) =
        said.strip_prefix("unknown field `").and_then(|rest| rest.split_once("`, "))
    {
        let words = quoted(known).into_iter().chain(subject.besides.iter().copied()).collect::<Vec<_>>();
        let complaint = Complaint::new("S004", format!("{called} has no key `{}`", tidy(key)));
        complaint
            .label(nearest::label(key, words.iter().copied()))
            .help(format!("its keys: {}", words.join(", ")))
    } else if let Some(key) = said.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        if removed.iter().any(|removed| removed == key) {
            return Vec::new();
        }
        match inside {
            true => Complaint::new("S005", format!("{THIS} lacks `{key}`")),
            false => Complaint::new("S005", format!("{called} lacks `{key}`")),
        }
        .label(format!("add `{key} = …`"))
    } else if let Some((word, known)) =
        said.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, "))
    {
        let words = quoted(known);
        Complaint::new("S008", format!("{THIS} cannot be `{}`", tidy(word)))
            .label(nearest::label(word, words.iter().copied()))
            .help(format!("one of {}", words.join(", ")))
    } else if let Some(rest) = said.strip_prefix("invalid type: ") {
        let expected = rest.split_once(", expected ").map_or(rest, |parts| parts.1);
        Complaint::new("S006", format!("{THIS} is of the wrong kind"))
            .label(format!("expected {}", tidy(expected)))
    } else {
        Complaint::new("S006", format!("{THIS} cannot be read: {}", tidy(said)))
    }]
}

/// The words between back-ticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The findings of complaints in a file.
pub(crate) fn findings(complaints: Vec<Complaint>, file: usize, whole: &Range<usize>) -> Vec<Finding> {
    complaints.into_iter().map(|complaint| Finding::of(complaint, file, whole.clone())).collect()
}
