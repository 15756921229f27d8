//! Authenticated ciphers: two lengths give the cost of a message and of a byte.

use super::{Clock, Measured, Refused, Sizes, fastest};
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use ascon_aead::AsconAead128;
use chacha20poly1305::ChaCha20Poly1305;

/// The lengths between which a line is drawn [B].
const LENGTHS: [usize; 2] = [64, 4_096];

fn line<C: Aead>(
    clock: Clock,
    cipher: &C,
    nonce: &aes_gcm::aead::Nonce<C>,
    scheme: &'static str,
    code: &'static str,
) -> Result<[Measured; 2], Refused> {
    let mut rows = Vec::new();
    for act in ["encrypt", "decrypt"] {
        let mut times = [0.0; 2];
        for (time, length) in times.iter_mut().zip(LENGTHS) {
            let text = vec![5; length];
            let sealed = cipher.encrypt(nonce, text.as_slice()).map_err(|_| Refused(code))?;
            *time = if act == "encrypt" {
                fastest(clock, || cipher.encrypt(nonce, text.as_slice()))
            } else {
                fastest(clock, || cipher.decrypt(nonce, sealed.as_slice()))
            };
        }
        let per_byte = (times[1] - times[0]) / (LENGTHS[1] - LENGTHS[0]) as f64;
        let fixed = (times[0] - per_byte * LENGTHS[0] as f64).max(0.0);
        rows.push(Measured { scheme, act, code, fixed, per_byte: Some(per_byte), least: None });
    }
    rows.try_into().map_err(|_| Refused(code))
}

/// The bytes by which a sealed message is longer.
fn tag<C: Aead>(cipher: &C, nonce: &aes_gcm::aead::Nonce<C>, code: &'static str) -> Result<usize, Refused> {
    Ok(cipher.encrypt(nonce, &[5; 64][..]).map_err(|_| Refused(code))?.len() - 64)
}

macro_rules! with_each {
    ($do:ident $(, $clock:expr)?) => {{
        let mut all = Vec::new();
        let refused = |_| Refused("an authenticated cipher");
        let (gcm, chacha, ascon) = ("aes-gcm 0.11.1", "chacha20poly1305 0.11.0", "ascon-aead 0.6.0");
        let aes128 = Aes128Gcm::new_from_slice(&[7; 16]).map_err(refused)?;
        let aes256 = Aes256Gcm::new_from_slice(&[7; 32]).map_err(refused)?;
        let chacha20 = ChaCha20Poly1305::new_from_slice(&[7; 32]).map_err(refused)?;
        let ascon128 = AsconAead128::new_from_slice(&[7; 16]).map_err(refused)?;
        all.extend($do($($clock,)? &aes128, &Default::default(), "AES-128-GCM", gcm, 16)?);
        all.extend($do($($clock,)? &aes256, &Default::default(), "AES-256-GCM", gcm, 32)?);
        all.extend($do($($clock,)? &chacha20, &Default::default(), "ChaCha20-Poly1305", chacha, 32)?);
        all.extend($do($($clock,)? &ascon128, &Default::default(), "Ascon-AEAD128", ascon, 16)?);
        all
    }};
}

/// Every operation.
pub(super) fn measure(clock: Clock) -> Result<Vec<Measured>, Refused> {
    fn each<C: Aead>(
        clock: Clock,
        cipher: &C,
        nonce: &aes_gcm::aead::Nonce<C>,
        scheme: &'static str,
        code: &'static str,
        _: usize,
    ) -> Result<[Measured; 2], Refused> {
        line(clock, cipher, nonce, scheme, code)
    }
    Ok(with_each!(each, clock))
}

/// Every size.
pub(super) fn sizes() -> Result<Vec<Sizes>, Refused> {
    fn each<C: Aead>(
        cipher: &C,
        nonce: &aes_gcm::aead::Nonce<C>,
        scheme: &'static str,
        code: &'static str,
        key: usize,
    ) -> Result<[Sizes; 1], Refused> {
        let shared = Some(tag(cipher, nonce, code)?);
        Ok([Sizes { scheme, public_key: None, secret_key: Some(key), reply: None, shared }])
    }
    Ok(with_each!(each))
}
