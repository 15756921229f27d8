//! What is said of memory.

use experiments::threads::Need;

/// What a run takes and what follows from it: so many of so many wanted at once.
pub fn told(need: Need, budget: u64, at_once: Option<(usize, usize)>) -> String {
    let how = if need.measured { "takes" } else { "is estimated to take" };
    let mut text =
        format!("a run {how} {}, and the program {} besides", shown(need.run), shown(need.besides));
    if let Some((at_once, wanted)) = at_once.filter(|(at_once, wanted)| at_once < wanted) {
        let runs = if at_once == 1 { "one run".to_owned() } else { format!("{at_once} runs") };
        text.push_str(&format!(": {runs} at once instead of {wanted}, to stay within {}", shown(budget)));
    }
    if need.exceeds(budget) {
        text.push_str(&format!("; that is more than the {} allowed", shown(budget)));
    }
    text.push('\n');
    text
}

/// Bytes for people.
fn shown(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said_with_what_follows() {
        let need = Need { run: 900_000_000, besides: 20_000_000, measured: true };
        assert_eq!(
            told(need, 2_000_000_000, Some((1, 2))),
            "a run takes 900 MB, and the program 20 MB besides: one run at once instead of 2, to stay within 2000 MB\n"
        );
        assert_eq!(
            told(need, 500_000_000, None),
            "a run takes 900 MB, and the program 20 MB besides; that is more than the 500 MB allowed\n"
        );
    }
}
