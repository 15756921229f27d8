//! One line of `validate`: a model against something that was not used to build it.

use serde::Serialize;

/// What was expected, what came out, and whether the difference is within its bound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Which models it belongs to, such as `crypto`.
    pub area: &'static str,
    /// Its name within the area.
    pub id: String,
    /// What is compared, with its unit.
    pub what: String,
    /// The value from outside.
    pub expected: f64,
    /// Our value.
    pub got: f64,
    /// How far off: relative to `expected`, or absolute where `what` says so.
    pub error: f64,
    /// The largest error that passes, in the unit of `error`.
    pub bound: f64,
    /// Whether the error is within the bound.
    pub ok: bool,
    /// Why a miss is understood.
    pub known: Option<String>,
    /// Where the expected value comes from.
    pub source: String,
    /// The public path by which `got` was made, or `arithmetic`.
    pub through: String,
}

impl Check {
    /// A check on the relative error.
    pub fn relative(
        area: &'static str,
        id: &str,
        what: &str,
        (got, expected): (f64, f64),
        bound: f64,
    ) -> Self {
        Self::new(area, id, what, (got, expected), (got - expected).abs() / expected.abs(), bound)
    }

    /// A check on the absolute error; a bound of zero asks for equality.
    pub fn absolute(
        area: &'static str,
        id: &str,
        what: &str,
        (got, expected): (f64, f64),
        bound: f64,
    ) -> Self {
        Self::new(area, id, what, (got, expected), (got - expected).abs(), bound)
    }

    fn new(
        area: &'static str,
        id: &str,
        what: &str,
        (got, expected): (f64, f64),
        error: f64,
        bound: f64,
    ) -> Self {
        Self {
            area,
            id: id.to_owned(),
            what: what.to_owned(),
            expected,
            got,
            error,
            bound,
            ok: error <= bound,
            known: None,
            source: String::new(),
            through: "arithmetic".to_owned(),
        }
    }

    /// Names where the expected value comes from.
    #[must_use]
    pub fn from(mut self, source: &str) -> Self {
        source.clone_into(&mut self.source);
        self
    }

    /// Says why this miss is understood.
    #[must_use]
    pub fn known(mut self, why: &str) -> Self {
        self.known = Some(why.to_owned());
        self
    }

    /// Names the public path by which our value was made.
    #[must_use]
    pub fn through(mut self, path: &str) -> Self {
        path.clone_into(&mut self.through);
        self
    }

    /// A miss that nobody has explained, or an explained one that now passes: either fails `validate`.
    pub fn surprises(&self) -> bool {
        self.ok == self.known.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_surprises_unless_it_is_known_and_a_known_miss_that_passes_surprises() {
        let off = Check::relative("a", "1", "x [s]", (1.2, 1.0), 0.1);
        assert!((off.error - 0.2).abs() < 1e-12 && !off.ok && off.surprises());
        assert!(!off.known("the clock is slow").surprises());
        let on = Check::absolute("a", "2", "x [B]", (29.0, 29.0), 0.0);
        assert!(on.ok && !on.surprises() && on.known("stale").surprises());
    }
}
