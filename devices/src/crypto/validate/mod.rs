//! The cost model against published measurements and byte counts.
//!
//! Expected values stand here and nowhere else: neither the catalogue nor the grammar reads them.

mod air;
mod constrained;
mod lightweight;

use super::conversation::Resumption;
use super::grammar::drafts;
use super::protocol::Terms;
use super::record::Framing;
use super::signing::Signing;
use super::sizes::Link;
use super::suite::{Authentication, Hello, Protocol};
use super::{Catalogue, CryptoError, Sizes, Suite};
use crate::check::Check;
use crate::class::Library;

const AREA: &str = "crypto";
const IOTOPS: &str = "draft-ietf-iotops-security-protocol-comparison @a968787d, message sizes";
const RUSTLS: &str = "measured for this project: rustls 0.23.46, minimal certificates; not independent, and the lengths of two \
                      names are taken from it";
const KEMTLS: &str = "Gonzalez and Wiggers, SPACE 2022, slides, communication time; printed to two digits";
const THESIS: &str = "embedded-pqtls thesis, Table ka-performance-comparison, RP2350 at 150 MHz";
const CHAINS: &str = "embedded-pqtls thesis, handshake.csv @5bab7a00, read by eye from excerpts";
const CHHETRI: &str = "Chhetri, arXiv 2603.19340, Tables II to IV, RP2040 at 133 MHz";

/// Every comparison of the cost model.
///
/// # Errors
/// When a row that a comparison needs is missing, which a test rules out.
pub fn checks() -> Result<Vec<Check>, CryptoError> {
    let mut rows = overheads();
    rows.extend(constrained::checks()?);
    rows.extend(air::checks());
    rows.extend(lightweight::checks());
    rows.extend(general_hellos()?);
    rows.extend(post_quantum_bytes()?);
    rows.extend(key_agreement()?);
    rows.extend(chains()?);
    rows.extend(another_core()?);
    Ok(rows)
}

fn exact(id: &str, what: &str, got: u32, expected: u32, source: &str) -> Check {
    within(id, what, got, expected, 0, source)
}

fn within(id: &str, what: &str, got: u32, expected: u32, bound: u32, source: &str) -> Check {
    Check::absolute(AREA, id, &format!("{what} [B]"), (f64::from(got), f64::from(expected)), f64::from(bound))
        .from(source)
}

fn relative(id: &str, what: &str, got: f64, expected: f64, bound: f64, source: &str) -> Check {
    Check::relative(AREA, id, what, (got, expected), bound).from(source)
}

/// Bytes that a record adds, with an 8-byte tag.
fn overheads() -> Vec<Check> {
    let of = |framing: Framing| framing.overhead(100, 8);
    vec![
        exact("V9-dtls12", "record overhead, DTLS 1.2", of(Framing::Dtls12), 29, IOTOPS),
        exact("V9-dtls13", "record overhead, DTLS 1.3", of(Framing::Dtls13 { connection_id: 0 }), 11, IOTOPS),
        exact("V9-tls12", "record overhead, TLS 1.2", of(Framing::Tls12), 21, IOTOPS),
        exact("V9-tls13", "record overhead, TLS 1.3", of(Framing::Tls13), 14, IOTOPS),
        exact(
            "V9-oscore-1",
            "overhead, OSCORE request",
            of(Framing::OscoreRequest { sender_id: 0 }),
            13,
            IOTOPS,
        ),
        exact("V9-oscore-2", "overhead, OSCORE response", of(Framing::OscoreResponse), 11, IOTOPS),
    ]
}

/// A suite as a source describes it, from one that ships.
fn described(
    protocol: Protocol,
    hello: Hello,
    cipher: &str,
    exchange: &[&str],
) -> Result<Suite, CryptoError> {
    Ok(Suite {
        protocol,
        hello,
        cipher: Some(cipher.to_owned()),
        key_exchange: exchange.iter().map(|&scheme| scheme.to_owned()).collect(),
        ..Suite::shipped("tls13-ecdsa-p256")?.clone()
    })
}

/// Bytes of each flight of a full handshake.
fn flights(suite: &Suite, tag: u32) -> Result<Vec<u32>, CryptoError> {
    let Some(framing) = suite.framing() else { return Ok(Vec::new()) };
    Ok(drafts(suite, Resumption::Full)?.iter().map(|draft| draft.bytes(framing, tag)).collect())
}

fn tls(exchange: &[&str], scheme: &str, chain: u32, mutual: bool) -> Result<Vec<u32>, CryptoError> {
    let authentication = Authentication::Certificates { scheme: scheme.to_owned(), chain, mutual };
    let suite = described(Protocol::Tls13, Hello::General, "AES-128-GCM", exchange)?;
    flights(&Suite { authentication, ..suite }, 16)
}

/// Handshakes of a general library. Its certificates vary by a byte or two with their signatures.
fn general_hellos() -> Result<Vec<Check>, CryptoError> {
    const HYBRID: &[&str] = &["X25519", "ML-KEM-768"];
    let classical = tls(&["X25519"], "Ed25519", 1, false)?;
    let hybrid = tls(HYBRID, "Ed25519", 1, false)?;
    let mutual = tls(HYBRID, "ECDSA P-256", 2, true)?;
    let growth = |of: &dyn Fn(&[u32]) -> u32| of(&hybrid) - of(&classical);
    let mut rows = vec![
        exact("V4-hello-growth", "growth of the hello, X25519MLKEM768", growth(&|f| f[0]), 1_184, RUSTLS),
        exact("V4-growth", "growth of all, X25519MLKEM768", growth(&|f| f.iter().sum()), 2_272, RUSTLS),
    ];
    let cases = [("V4-ed25519", &classical, [221, 554, 64]), ("V4-mutual", &mutual, [1_405, 2_124, 834])];
    for (id, got, expected) in cases {
        for (i, (&got, expected)) in got.iter().zip(expected).enumerate() {
            let (id, what) = (format!("{id}-{}", i + 1), format!("flight {} of TLS 1.3", i + 1));
            rows.push(within(&id, &what, got, expected, 8, RUSTLS));
        }
    }
    Ok(rows)
}

/// Post-quantum TLS and KEMTLS, both with the framing of the grammar; nothing is fitted.
fn post_quantum_bytes() -> Result<Vec<Check>, CryptoError> {
    let tls: u32 = tls(&["ML-KEM-512"], "ML-DSA-44", 1, false)?.iter().sum();
    let authentication =
        Authentication::KeyEncapsulation { scheme: "ML-KEM-512".to_owned(), signer: "ML-DSA-44".to_owned() };
    let suite = described(Protocol::Tls13, Hello::General, "AES-128-GCM", &["ML-KEM-512"])?;
    let kemtls: u32 = flights(&Suite { authentication, ..suite }, 16)?.iter().sum();
    Ok(vec![
        relative("V5-pqtls", "PQ-TLS, Kyber512 and Dilithium2 [B]", f64::from(tls), 8_400.0, 0.02, KEMTLS),
        relative(
            "V5-kemtls",
            "KEMTLS, Kyber512 and Dilithium2 [B]",
            f64::from(kemtls),
            6_300.0,
            0.02,
            KEMTLS,
        ),
    ])
}

/// The board of the thesis: its core and clock [Hz].
const BOARD: (&str, f64) = ("Cortex-M33", 150e6);

fn on_the_board() -> Result<Catalogue, CryptoError> {
    Ok(Catalogue::shipped()?.only(|row| row.platform.contains("RP2350")))
}

fn cycles(catalogue: &Catalogue, core: &str, operations: &[(&str, &str)]) -> Result<f64, CryptoError> {
    let each = |&(scheme, act): &(&str, &str)| {
        catalogue.cost(scheme, act, core, Library::Portable).map(|cost| cost.cycles(0))
    };
    operations.iter().map(each).sum()
}

/// Primitives of one board, summed, against whole phases measured on it. The fixed part is fitted on X25519 (V1b).
fn key_agreement() -> Result<Vec<Check>, CryptoError> {
    const EXPECTED: &[(&str, &str, &str, f64)] = &[
        ("V1a", "ECDH P-256", "agree", 438.639),
        ("V1b", "X25519", "agree", 28.813),
        ("V1c", "ML-KEM-512", "decaps", 19.443),
        ("V1d", "HQC-128", "decaps", 1_321.492),
    ];
    let catalogue = on_the_board()?;
    let terms = Terms::on(&catalogue, BOARD.0)?;
    let each = |&(id, scheme, finish, expected): &(&str, &str, &str, f64)| {
        let work = cycles(&catalogue, BOARD.0, &[(scheme, "keygen"), (scheme, finish)])?;
        let got = (work + terms.key_agreement) / BOARD.1 * 1e3;
        Ok(relative(id, &format!("key agreement of a client, {scheme} [ms]"), got, expected, 0.12, THESIS))
    };
    EXPECTED.iter().map(each).collect()
}

/// Checking a chain. The line was fitted on the P-256 and ML-DSA-44 chains; the other two were held out of it.
fn chains() -> Result<Vec<Check>, CryptoError> {
    let (catalogue, sizes) = (on_the_board()?, Sizes::shipped()?);
    let terms = Terms::on(&catalogue, BOARD.0)?;
    let milliseconds = |verifications: &[(&str, &str)], bytes: u32| {
        let work = cycles(&catalogue, BOARD.0, verifications)?;
        let protocol = terms.authentication + terms.authentication_byte * f64::from(bytes);
        Ok::<f64, CryptoError>((work + protocol) / BOARD.1 * 1e3)
    };
    let shown = |scheme: &str, root: &str| {
        let leaf = sizes.certificate(scheme, scheme, Link::Leaf)?;
        Ok::<u32, CryptoError>(
            leaf + sizes.certificate(scheme, root, Link::Intermediate)? + sizes.reply(scheme)?,
        )
    };
    let own = |scheme| milliseconds(&[(scheme, "verify"); 3], shown(scheme, scheme)?);
    let (p256, ml_dsa) = (own("ECDSA P-256")?, own("ML-DSA-44")?);
    let rsa = milliseconds(&[("RSA-2048", "verify"); 3], shown("RSA-2048", "RSA-2048")?)?;
    let (lattice, hash) = ("ML-DSA-44", "SLH-DSA-SHAKE-128f");
    let mixed = [(hash, "verify"), (lattice, "verify"), (lattice, "verify")];
    let sphincs = milliseconds(&mixed, shown(lattice, hash)?)?;
    Ok(vec![
        relative("V1e-p256", "checking a P-256 chain, fitted on it [ms]", p256, 457.0, 0.15, CHAINS),
        relative("V1e-mldsa", "checking an ML-DSA-44 chain, fitted on it [ms]", ml_dsa, 119.4, 0.15, CHAINS),
        relative("V1e-rsa", "checking an RSA-2048 chain [ms]", rsa, 83.2, 0.15, CHAINS),
        relative(
            "V1e-sphincs",
            "checking ML-DSA-44 under a SPHINCS root [ms]",
            sphincs,
            1_239.0,
            0.15,
            CHAINS,
        ),
    ])
}

/// A board whose rows are set aside: its costs from another core by the factor of one parameter set.
fn another_core() -> Result<Vec<Check>, CryptoError> {
    const CORE: &str = "Cortex-M0+";
    const MHZ: f64 = 133e3;
    let catalogue = Catalogue::shipped()?.only(|row| !row.platform.contains("RP2040"));
    let exchange = |scheme| {
        let whole = [(scheme, "keygen"), (scheme, "encaps"), (scheme, "decaps")];
        Ok::<f64, CryptoError>(cycles(&catalogue, CORE, &whole)? / MHZ)
    };
    let (middle, large) = (exchange("ML-KEM-768")?, exchange("ML-KEM-1024")?);
    let learned = catalogue.cost("ML-KEM-512", "keygen", CORE, Library::Portable)?;
    let factor = learned.scaled.map_or(1.0, |line| line.factor);
    let lattice = |act| {
        let cost = catalogue.cost("ML-DSA-44", act, "Cortex-M4", Library::Portable)?;
        Ok::<f64, CryptoError>(factor * cost.cycles(0) / MHZ)
    };
    let ecdh = |act| catalogue.cost("ECDH P-256", act, CORE, Library::Best).map(|cost| cost.cycles(0) / MHZ);
    let p256 = 2.0 * (ecdh("keygen")? + ecdh("agree")?);
    let tail = |scheme, mean| {
        let law = Signing::new(scheme, mean, catalogue.least_share(scheme));
        law.sign_time(0.99).seconds() * 1e3
    };
    let joules = 0.0792 * 35.7;
    Ok(vec![
        relative("V6-768", "ML-KEM-768 exchange on M0+ [ms]", middle, 56.6, 0.02, CHHETRI),
        relative("V6-1024", "ML-KEM-1024 exchange on M0+ [ms]", large, 85.7, 0.02, CHHETRI),
        relative(
            "V6-sign",
            "ML-DSA-44 signing on M0+ by the factor of ML-KEM [ms]",
            lattice("sign")?,
            158.9,
            0.27,
            CHHETRI,
        ),
        relative(
            "V6-verify",
            "ML-DSA-44 verification on M0+ by the factor of ML-KEM [ms]",
            lattice("verify")?,
            44.0,
            0.27,
            CHHETRI,
        ),
        relative("V6-p256", "P-256 agreement of both sides on M0+ [ms]", p256, 617.0, 0.27, CHHETRI)
            .known("another library (assembly of wolfSSL against mbedTLS): its choice outweighs the core"),
        relative(
            "V6-tail",
            "99th percentile of ML-DSA-44 signing from its mean [ms]",
            tail("ML-DSA-44", 0.1589),
            490.0,
            0.15,
            CHHETRI,
        ),
        relative(
            "V6-tail-65",
            "99th percentile of ML-DSA-65 signing from its mean [ms]",
            tail("ML-DSA-65", 0.2566),
            954.0,
            0.15,
            CHHETRI,
        ),
        relative(
            "V7",
            "energy of an ML-KEM-512 exchange at 79.2 mW, arithmetic [mJ]",
            joules,
            2.83,
            0.005,
            CHHETRI,
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_surprises() {
        let rows = checks().unwrap();
        assert!(rows.len() > 25);
        for row in &rows {
            assert!(!row.surprises() && !row.source.is_empty(), "{row:?}");
        }
    }
}
