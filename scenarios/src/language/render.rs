//! Findings as a person reads them.

use super::files::Files;
use super::findings::{Finding, Severity, tally};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// All findings, and a line that counts them.
///
/// ```
/// use scenarios::language::{load::{load, Source}, render::render};
/// let loaded = load(&Source::text("ward.toml", "title = \"A ward\"\nhorizon = 1\n"));
/// let shown = render(&loaded.findings, &loaded.files, false);
/// assert!(shown.contains("error[S012]: `horizon` needs a unit"));
/// assert!(shown.contains("ward.toml:2:11"));
/// assert!(shown.ends_with("nothing was run\n"));
/// ```
pub fn render(findings: &[Finding], files: &Files, coloured: bool) -> String {
    let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Unicode).term_width(120);
    let mut shown = String::new();
    for finding in findings {
        shown.push_str(&renderer.render(&[group(finding, files)]));
        shown.push_str("\n\n");
    }
    shown.push_str(&summary(findings));
    shown.push('\n');
    shown
}

/// The last line: how many errors and warnings, and what that means.
pub fn summary(findings: &[Finding]) -> String {
    let (errors, warnings) = tally(findings);
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let end = if errors > 0 { "; nothing was run" } else { "" };
    format!("{}, {}{end}", count(errors, "error"), count(warnings, "warning"))
}

fn group<'a>(finding: &'a Finding, files: &'a Files) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(finding.message.as_str()).id(finding.code));
    if let Some(place) = &finding.place {
        let name = files.name(place.file).unwrap_or_default();
        group = match files.line(place) {
            Some(line) => {
                let mut mark = AnnotationKind::Primary.span(line.span);
                if !finding.label.is_empty() {
                    mark = mark.label(finding.label.as_str());
                }
                let snippet = Snippet::source(line.text).line_start(line.number).path(name);
                group.element(snippet.annotation(mark))
            }
            None => group.element(Origin::path(name)),
        };
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(finding.help.as_str()));
    }
    group
}
