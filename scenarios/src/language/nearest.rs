//! The nearest right name.

use devices::quantity::nearest;

/// "did you mean …?", or nothing.
pub(crate) fn label<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    let near = if name.len() > 60 { None } else { nearest(name, candidates.into_iter()) };
    near.map_or(String::new(), |near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["infusion-pump", "syringe-pump", "zone"];
        assert_eq!(label("infusion-pmp", names), "did you mean `infusion-pump`?");
        assert_eq!(label("zoen", names), "did you mean `zone`?");
        assert_eq!(label("toaster", names), "");
    }
}
