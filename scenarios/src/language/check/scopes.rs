//! At every device and conduit one use of a control rules.

use super::super::at::At;
use super::super::findings::Finding;
use super::super::scenario::Place;
use super::super::strategy::{ControlUses, Use};
use super::Board;

pub(super) fn check(board: &mut Board<'_>) {
    for (name, strategy) in &board.scenario.strategies {
        for control in &strategy.stated {
            fleets(board, name, control);
            conduits(board, name, control);
            devices(board, name, control);
        }
    }
}

/// The pair of uses that rule with the same weight, if two do.
fn tie(uses: &[At<Use>], weight: impl Fn(&Use) -> Option<u8>) -> Option<(&At<Use>, &At<Use>)> {
    let top = uses.iter().filter_map(|one| weight(one)).max()?;
    let mut ruling = uses.iter().filter(|one| weight(one) == Some(top));
    ruling.next().zip(ruling.next())
}

fn tell(
    board: &mut Board<'_>,
    strategy: &str,
    control: &ControlUses,
    pair: (&At<Use>, &At<Use>),
    what: &str,
) {
    let called = |one: &At<Use>| one.on.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let id = control.def.id;
    let message = format!("strategy `{strategy}`: two uses of `{id}` rule {what}");
    let place = Place::new(control.file, pair.1.span.clone());
    if board.found.iter().any(|known| known.code == "S018" && known.place.as_ref() == Some(&place)) {
        return;
    }
    let help = format!(
        "`{}` and `{}` are equally specific; the most specific rules: device, fleet, class, role, product, zone, everything",
        called(pair.0),
        called(pair.1)
    );
    board.found.push(Finding::error("S018", place, message).help(help));
}

fn fleets(board: &mut Board<'_>, strategy: &str, control: &ControlUses) {
    let scenario = board.scenario;
    for fleet in scenario.fleets.keys() {
        let products = scenario.products_of(fleet);
        let Some(member) = scenario.member(fleet, &products) else { continue };
        if let Some(pair) = tie(&control.uses, |one| one.specificity(&member)) {
            tell(board, strategy, control, pair, &format!("the devices of `{fleet}`"));
        }
    }
}

fn devices(board: &mut Board<'_>, strategy: &str, control: &ControlUses) {
    use super::super::selector::Selector;
    let scopes = control.uses.iter().flat_map(|one| one.on.iter());
    let named = scopes.filter(|scope| matches!(scope.value, Selector::Device(..))).collect::<Vec<_>>();
    for scope in named {
        let names = |one: &Use| one.on.iter().any(|other| other == scope).then_some(0);
        if let Some(pair) = tie(&control.uses, names) {
            tell(board, strategy, control, pair, &format!("`{}`", scope.value));
        }
    }
}

fn conduits(board: &mut Board<'_>, strategy: &str, control: &ControlUses) {
    use super::super::selector::Selector;
    for conduit in board.scenario.conduits.keys() {
        let weight = |one: &Use| {
            let on = one.on.iter().filter(|on| on.selects_conduit(conduit));
            on.map(|on| u8::from(matches!(on.value, Selector::Conduit(_)))).max()
        };
        if let Some(pair) = tie(&control.uses, weight) {
            tell(board, strategy, control, pair, &format!("conduit `{conduit}`"));
        }
    }
}
