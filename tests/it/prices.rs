//! What cryptography costs is told with where it comes from, and what does not fit with why.

use crate::harness::Folder;

fn told(name: &str) -> String {
    let done = Folder::new(&format!("prices-{name}")).command(&["explain", name]).output().unwrap();
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// FIPS 203's sizes, the Cortex-M4 row of pqm4, and a mark where a core has no row of its own.
#[test]
fn a_scheme_is_explained_by_class_with_its_rows() {
    let page = told("ml-kem-768");
    for said in
        ["public key 1184 B", "infusion-pump", "pqm4", "scaled ×", "assumption", "where that comes from"]
    {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
}

#[test]
fn a_class_is_explained_by_what_it_can_run_and_what_the_rest_asks_for() {
    let page = told("lora-node");
    for said in ["edhoc-static-dh", "years", "tls13-mlkem768-mldsa65 does not fit: memory beside application"]
    {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
    assert!(told("tls13-mlkem768-mldsa65").contains("river-gauge"));
}
