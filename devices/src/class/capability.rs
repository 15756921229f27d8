//! The technical capabilities of NIST SP 800-213A, by which a class says what security it can offer.

const TABLE: &str = include_str!("../../data/sp800_213a_capabilities.csv");

/// The name of a capability such as `DI:IMS`; none for a code that the catalogue does not hold.
pub fn capability(code: &str) -> Option<&'static str> {
    TABLE.lines().skip(1).find_map(|line| {
        let mut cells = line.split(',');
        let (id, _family, name) = (cells.next()?, cells.next()?, cells.next()?);
        (id == code).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names as printed in the catalogue's table of contents.
    #[test]
    fn codes_have_their_catalogue_names() {
        assert_eq!(capability("SU:UPD"), Some("Update Capabilities"));
        assert_eq!(capability("DS:ONB"), Some("Secure Network Onboarding Support"));
        assert_eq!(capability("XX:YYY"), None);
        assert!(
            TABLE.lines().all(|line| !line.contains('"')),
            "no quoted cell: a plain split reads the table"
        );
    }
}
