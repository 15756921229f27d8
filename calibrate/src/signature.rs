//! Signatures.

use super::{Clock, Measured, Refused, Sizes, fastest};
use ml_dsa::signature::{Signer, Verifier};
use ml_dsa::{Generate, Keypair, MlDsa44, MlDsa65, MlDsa87, SigningKey};
use p256::ecdsa;
use slh_dsa::{ParameterSet, Sha2_128f, Sha2_128s, Shake128f};
use std::hint::black_box;

/// A message as devices sign it.
const MESSAGE: &[u8] = b"a reading, and the time at which it was taken";
/// Signatures over which the mean of a random time is taken.
const MANY: u32 = 200;

fn row(scheme: &'static str, act: &'static str, code: &'static str, fixed: f64) -> Measured {
    Measured { scheme, act, code, fixed, per_byte: None, least: None }
}

macro_rules! lattice {
    ($clock:expr, $all:expr, $set:ty, $scheme:literal) => {{
        let code = "ml-dsa 0.1.2";
        let key = SigningKey::<$set>::generate();
        let signature = key.sign(MESSAGE);
        let public = key.verifying_key();
        public.verify(MESSAGE, &signature).map_err(|_| Refused("ml-dsa"))?;
        let made = fastest($clock, || SigningKey::<$set>::generate());
        $all.push(row($scheme, "keygen", code, made));
        // Each message takes other tries: the mean counts, and the least is what a lucky one takes.
        let times: Vec<f64> = (0..MANY)
            .map(|nth| {
                let start = $clock();
                black_box(key.sign(&nth.to_le_bytes()));
                ($clock() - start) as f64
            })
            .collect();
        let mean = times.iter().sum::<f64>() / f64::from(MANY);
        let least = times.iter().copied().reduce(f64::min);
        $all.push(Measured { least, ..row($scheme, "sign", code, mean) });
        let checked = fastest($clock, || public.verify(MESSAGE, &signature));
        $all.push(row($scheme, "verify", code, checked));
    }};
}

macro_rules! lattice_sizes {
    ($set:ty, $scheme:literal) => {{
        let key = SigningKey::<$set>::generate();
        Sizes {
            scheme: $scheme,
            public_key: Some(key.verifying_key().encode().len()),
            secret_key: None,
            reply: Some(key.sign(MESSAGE).encode().len()),
            shared: None,
        }
    }};
}

fn hash_key<P: ParameterSet>() -> slh_dsa::SigningKey<P> {
    slh_dsa::SigningKey::<P>::slh_keygen_internal(&[7; 16], &[8; 16], &[9; 16])
}

fn hash<P: ParameterSet>(clock: Clock, scheme: &'static str) -> Result<[Measured; 2], Refused> {
    let code = "slh-dsa 0.2.0-rc.5";
    let key = hash_key::<P>();
    let start = clock();
    let signature = key.sign(MESSAGE);
    let signed = (clock() - start) as f64;
    let public: &slh_dsa::VerifyingKey<P> = key.as_ref();
    public.verify(MESSAGE, &signature).map_err(|_| Refused("slh-dsa"))?;
    let checked = fastest(clock, || public.verify(MESSAGE, &signature));
    Ok([row(scheme, "sign", code, signed), row(scheme, "verify", code, checked)])
}

fn hash_sizes<P: ParameterSet>(scheme: &'static str) -> Sizes {
    let key = hash_key::<P>();
    let public: &slh_dsa::VerifyingKey<P> = key.as_ref();
    Sizes {
        scheme,
        public_key: Some(public.to_bytes().len()),
        secret_key: Some(key.to_bytes().len()),
        reply: Some(key.sign(MESSAGE).to_bytes().len()),
        shared: None,
    }
}

/// Every operation.
pub(super) fn measure(clock: Clock) -> Result<Vec<Measured>, Refused> {
    let mut all = Vec::new();
    lattice!(clock, all, MlDsa44, "ML-DSA-44");
    lattice!(clock, all, MlDsa65, "ML-DSA-65");
    lattice!(clock, all, MlDsa87, "ML-DSA-87");
    all.extend(hash::<Sha2_128f>(clock, "SLH-DSA-SHA2-128f")?);
    all.extend(hash::<Shake128f>(clock, "SLH-DSA-SHAKE-128f")?);
    all.extend(hash::<Sha2_128s>(clock, "SLH-DSA-SHA2-128s")?);
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let (public, signature) = (key.verifying_key(), key.sign(MESSAGE));
    let code = "ed25519-dalek 3.0.0";
    let made = fastest(clock, || ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
    all.push(row("Ed25519", "keygen", code, made));
    all.push(row("Ed25519", "sign", code, fastest(clock, || key.sign(MESSAGE))));
    let checked = fastest(clock, || public.verify(MESSAGE, &signature));
    all.push(row("Ed25519", "verify", code, checked));
    let key = ecdsa::SigningKey::from_slice(&[7; 32]).map_err(|_| Refused("p256"))?;
    let signature: ecdsa::Signature = key.sign(MESSAGE);
    let public = *key.verifying_key();
    let code = "p256 0.14.0";
    let signed = || -> ecdsa::Signature { key.sign(MESSAGE) };
    all.push(row("ECDSA P-256", "sign", code, fastest(clock, signed)));
    let checked = fastest(clock, || public.verify(MESSAGE, &signature));
    all.push(row("ECDSA P-256", "verify", code, checked));
    Ok(all)
}

/// Every size.
pub(super) fn sizes() -> Result<Vec<Sizes>, Refused> {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let ed25519 = Sizes {
        scheme: "Ed25519",
        public_key: Some(key.verifying_key().as_bytes().len()),
        secret_key: Some(key.to_bytes().len()),
        reply: Some(key.sign(MESSAGE).to_bytes().len()),
        shared: None,
    };
    Ok(vec![
        lattice_sizes!(MlDsa44, "ML-DSA-44"),
        lattice_sizes!(MlDsa65, "ML-DSA-65"),
        lattice_sizes!(MlDsa87, "ML-DSA-87"),
        hash_sizes::<Sha2_128f>("SLH-DSA-SHA2-128f"),
        hash_sizes::<Shake128f>("SLH-DSA-SHAKE-128f"),
        hash_sizes::<Sha2_128s>("SLH-DSA-SHA2-128s"),
        ed25519,
    ])
}
