//! The nearest right name.

/// The candidate that differs least from `name`, if it is near enough to be meant.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = name.chars().count();
    if length > 60 {
        return None;
    }
    let allowed = (length / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean …?", or nothing.
pub fn label<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(name, candidates).map_or(String::new(), |near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["infusion-pump", "syringe-pump", "zone"];
        assert_eq!(nearest("infusion-pmp", names), Some("infusion-pump"));
        assert_eq!(nearest("zoen", names), Some("zone"));
        assert_eq!(nearest("toaster", names), None);
    }
}
