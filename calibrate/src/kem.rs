//! Key encapsulation and agreement.

use super::{Clock, Measured, Refused, Sizes, fastest};
use ml_kem::kem::{Decapsulate, Encapsulate, Kem, KeyExport};
use ml_kem::{MlKem512, MlKem768, MlKem1024};
use x25519_dalek::{PublicKey, StaticSecret};

fn row(scheme: &'static str, act: &'static str, code: &'static str, fixed: f64) -> Measured {
    Measured { scheme, act, code, fixed, per_byte: None, least: None }
}

macro_rules! lattice {
    ($clock:expr, $all:expr, $kem:ty, $scheme:literal) => {{
        let (secret, public) = <$kem>::generate_keypair();
        let (ciphertext, _) = public.encapsulate();
        let code = "ml-kem 0.3.4";
        $all.push(row($scheme, "keygen", code, fastest($clock, || <$kem>::generate_keypair())));
        $all.push(row($scheme, "encaps", code, fastest($clock, || public.encapsulate())));
        let opens = fastest($clock, || secret.decapsulate(&ciphertext));
        $all.push(row($scheme, "decaps", code, opens));
    }};
}

macro_rules! lattice_sizes {
    ($kem:ty, $scheme:literal) => {{
        let (_, public) = <$kem>::generate_keypair();
        let (ciphertext, shared) = public.encapsulate();
        Sizes {
            scheme: $scheme,
            public_key: Some(public.to_bytes().len()),
            secret_key: None,
            reply: Some(ciphertext.len()),
            shared: Some(shared.len()),
        }
    }};
}

/// Every operation.
pub(super) fn measure(clock: Clock) -> Result<Vec<Measured>, Refused> {
    let mut all = Vec::new();
    lattice!(clock, all, MlKem512, "ML-KEM-512");
    lattice!(clock, all, MlKem768, "ML-KEM-768");
    lattice!(clock, all, MlKem1024, "ML-KEM-1024");
    let (mine, theirs) = (StaticSecret::from([7; 32]), PublicKey::from(&StaticSecret::from([9; 32])));
    let code = "x25519-dalek 3.0.0";
    all.push(row("X25519", "keygen", code, fastest(clock, || PublicKey::from(&mine))));
    all.push(row("X25519", "agree", code, fastest(clock, || mine.diffie_hellman(&theirs))));
    let refused = |_| Refused("p256");
    let mine = p256::SecretKey::from_slice(&[7; 32]).map_err(refused)?;
    let theirs = p256::SecretKey::from_slice(&[9; 32]).map_err(refused)?.public_key();
    let code = "p256 0.14.0";
    all.push(row("ECDH P-256", "keygen", code, fastest(clock, || mine.public_key())));
    let agree = || p256::ecdh::diffie_hellman(mine.to_nonzero_scalar(), theirs.as_affine());
    all.push(row("ECDH P-256", "agree", code, fastest(clock, agree)));
    Ok(all)
}

/// Every size.
pub(super) fn sizes() -> Vec<Sizes> {
    let secret = StaticSecret::from([7; 32]);
    let public = PublicKey::from(&secret);
    let x25519 = Sizes {
        scheme: "X25519",
        public_key: Some(public.as_bytes().len()),
        secret_key: Some(secret.as_bytes().len()),
        reply: Some(public.as_bytes().len()),
        shared: Some(secret.diffie_hellman(&public).as_bytes().len()),
    };
    vec![
        lattice_sizes!(MlKem512, "ML-KEM-512"),
        lattice_sizes!(MlKem768, "ML-KEM-768"),
        lattice_sizes!(MlKem1024, "ML-KEM-1024"),
        x25519,
    ]
}
