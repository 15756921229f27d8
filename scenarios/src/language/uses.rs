//! Strategies, read by hand: their keys are controls, and each control has settings of its own.

use super::complaint::tidy;
use super::decode::Subject;
use super::findings::Finding;
use super::list::OneOrMore;
use super::nearest;
use super::scenario::Place;
use super::sections::{Key, Sections, Table, at, part};
use super::selector::Selector;
use super::strategy::{ControlUses, Strategy, StrategyKeys, Use};
use crate::controls::{self, ControlDef};
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

const KEYS: &[&str] = &["title", "based_on"];

/// The key that every use has.
#[derive(Deserialize)]
struct Scope {
    on: OneOrMore<Selector>,
}

impl Sections {
    pub(crate) fn strategy(&mut self, subject: &Subject<'_>, file: usize, table: Table<'_>) -> Strategy {
        let (own, rest) = part(table, KEYS);
        let keys: StrategyKeys = self.decode(subject, file, own).unwrap_or_default();
        let mut stated = Vec::new();
        for (key, value) in rest {
            match controls::find(key.get_ref()) {
                Some(def) => stated.extend(self.control(subject, file, def, &key, value)),
                None => self.unknown_control(subject, file, &key),
            }
        }
        stated.sort_by_key(|control: &ControlUses| order(control.def));
        Strategy { title: keys.title, based_on: keys.based_on, stated, uses: Vec::new() }
    }

    fn unknown_control(&mut self, subject: &Subject<'_>, file: usize, key: &Key<'_>) {
        let name = key.get_ref();
        let known = controls::ALL.iter().map(|def| def.id).chain(KEYS.iter().copied()).collect::<Vec<_>>();
        let message = format!("{}: no control is called `{}`", subject.called, tidy(name));
        let finding = Finding::error("S004", Place::new(file, key.span()), message);
        let label = nearest::label(name, known.iter().copied());
        self.findings.push(finding.label(label).help("`plimsoll list controls` shows all"));
    }

    fn control(
        &mut self,
        subject: &Subject<'_>,
        file: usize,
        def: &'static ControlDef,
        key: &Key<'_>,
        value: Spanned<DeValue<'_>>,
    ) -> Option<ControlUses> {
        let span = value.span();
        let DeValue::Array(list) = value.into_inner() else {
            let message = format!("{}: `{}` is a list of uses", subject.called, def.id);
            let finding = Finding::error("S006", Place::new(file, key.span()), message);
            let label = format!("write {} = [{{ on = \"everything\", … }}]", def.id);
            self.findings.push(finding.label(label));
            return None;
        };
        let mut uses = Vec::new();
        for one in list {
            // A list written as [[strategy.x.encryption]] has the spans of its headers.
            let span = if one.span().is_empty() { span.clone() } else { one.span() };
            let called = format!("{}: `{}`", subject.called, def.id);
            let subject = Subject { called, named: span.start..span.end.min(span.start + 1), besides: &[] };
            let Some(table) = self.table(&subject, file, one) else { continue };
            let (own, rest) = part(table, &["on"]);
            let scope: Option<Scope> = self.decode(&subject, file, own);
            let settings = self.settings(&subject, file, rest, &["on"], def.settings);
            if let (Some(Scope { on }), Some(settings)) = (scope, settings) {
                uses.push(at(Use { on, settings }, span));
            }
        }
        Some(ControlUses { def, uses, file })
    }

    /// Gives every strategy the uses that it takes over. A circle, or a base that does not exist, takes over
    /// nothing; a check tells of both.
    pub(crate) fn take_over(&mut self) {
        let names: Vec<String> = self.scenario.strategies.keys().cloned().collect();
        for name in names {
            let mut uses: Vec<ControlUses> = Vec::new();
            let (mut next, mut passed) = (Some(name.clone()), Vec::new());
            while let Some(current) = next.take() {
                let Some(strategy) = self.scenario.strategies.get(&current) else { break };
                for control in &strategy.stated {
                    if !uses.iter().any(|held| held.def.id == control.def.id) {
                        uses.push(control.clone());
                    }
                }
                passed.push(current);
                next = strategy
                    .based_on
                    .as_ref()
                    .map(|base| base.value.clone())
                    .filter(|base| !passed.contains(base));
            }
            uses.retain(|control| !control.uses.is_empty());
            uses.sort_by_key(|control| order(control.def));
            if let Some(strategy) = self.scenario.strategies.get_mut(&name) {
                strategy.value.uses = uses;
            }
        }
    }
}

fn order(def: &ControlDef) -> usize {
    controls::ALL.iter().position(|known| known.id == def.id).unwrap_or(controls::ALL.len())
}
