//! What a scheme costs, core by core and class by class, with the rows behind it: what `explain ml-kem-768` shows.

use super::{Catalogue, Cost, CryptoError, Machine, Size, Sizes};
use crate::class::DeviceClass;
use sim::time::Span;

/// What is done with a scheme, in the order of reports.
const ACTS: &[&str] =
    &["keygen", "encaps", "decaps", "agree", "sign", "verify", "encrypt", "decrypt", "hash", "mac"];

/// Schemes that no row measures by themselves: their costs are built from their parts.
const BUILT: &[&str] =
    &["AES-128-CCM", "AES-128-CCM-8", "AES-128-CTR-CMAC", "LMS-SHA256-H10-W8", "LMS-SHA256-H20-W8"];

/// One operation on one class.
#[derive(Clone, Debug)]
pub struct Priced<'c> {
    /// What is done.
    pub act: &'static str,
    /// The class.
    pub class: &'static str,
    /// How long it takes, of a message of [`super::offers::READING`] bytes where that matters.
    pub takes: Span,
    /// Its energy [J].
    pub joules: f64,
    /// What it costs, and the row behind it.
    pub cost: Cost<'c>,
}

/// The name in the catalogue of a scheme that somebody writes in any case: `ml-kem-768`.
///
/// # Errors
/// When the catalogue does not read.
pub fn find(name: &str) -> Result<Option<&'static str>, CryptoError> {
    Ok(names()?.into_iter().find(|scheme| scheme.eq_ignore_ascii_case(name)))
}

/// Every scheme that has a measured row or is built from some, in alphabetical order.
///
/// # Errors
/// When the catalogue does not read.
pub fn names() -> Result<Vec<&'static str>, CryptoError> {
    let mut all: Vec<&str> = Catalogue::shipped()?.rows().iter().map(|row| row.scheme.as_str()).collect();
    all.extend(BUILT);
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// What it costs every class that the catalogue can price it for.
///
/// # Errors
/// When the catalogue does not read.
pub fn priced<'c>(
    catalogue: &'c Catalogue,
    scheme: &str,
    classes: impl Iterator<Item = &'static DeviceClass> + Clone,
) -> Result<Vec<Priced<'c>>, CryptoError> {
    let acts = ACTS.iter().filter(|act| match BUILT.contains(&scheme) {
        true if scheme.starts_with("LMS") => **act == "verify",
        true => **act == "encrypt",
        false => {
            catalogue.rows().iter().any(|row| row.scheme == scheme && row.act == **act && row.is_timed())
        }
    });
    let each = |&act: &&'static str| {
        classes.clone().filter_map(move |class| {
            let machine = Machine::of(class);
            let cost = machine.cost(catalogue, scheme, act).ok()?;
            let takes = machine.time(cost.cycles(super::offers::READING));
            Some(Priced { act, class: class.name, takes, joules: machine.joules(takes), cost })
        })
    };
    Ok(acts.flat_map(each).collect())
}

/// Its row of sizes, if there is one.
///
/// # Errors
/// When the sizes do not read.
pub fn size(scheme: &str) -> Result<Option<&'static Size>, CryptoError> {
    Ok(Sizes::shipped()?.of(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::all;

    /// By hand: 1,138,225 cycles of pqm4's portable encapsulation at 0.6 on a Cortex-A9 is scaled, and says so.
    #[test]
    fn a_scheme_is_found_in_any_case_and_priced_for_every_class() {
        let scheme = find("ml-kem-768").unwrap().unwrap();
        assert_eq!(scheme, "ML-KEM-768");
        let rows = priced(Catalogue::shipped().unwrap(), scheme, all().unwrap().values()).unwrap();
        assert!(rows.len() > 150, "{}", rows.len());
        assert!(
            rows.iter().any(|row| row.cost.scaled.is_some())
                && rows.iter().any(|row| row.cost.scaled.is_none())
        );
        assert!(rows.iter().all(|row| !row.cost.row.source.is_empty() && row.takes > Span::ZERO));
        assert_eq!(size(scheme).unwrap().and_then(|size| size.public_key), Some(1_184));
        assert_eq!(find("ml-kem-769").unwrap(), None);
    }
}
