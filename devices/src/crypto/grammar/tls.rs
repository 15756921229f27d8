//! TLS and DTLS: field by field.
//!
//! Field lengths are those of RFC 8446 (TLS 1.3), RFC 9147 (DTLS 1.3), RFC 7250 (raw public keys), RFC 2246 (TLS 1.0)
//! and the registries of their extensions.

use super::super::conversation::{Resumption, Side};
use super::super::sizes::Link;
use super::super::suite::{Authentication, Hello, Protocol};
use super::super::{CryptoError, Sizes, Suite};
use super::{Draft, Message, Operation, encapsulates};

/// Length of the server's name in a general hello [B]. Assumption: a short host name; no RFC fixes it, and it
/// is that with which the hello is as long as the one measured on rustls 0.23.
const HOST_NAME: u32 = 12;
/// Signature schemes that a general client accepts. Assumption: what current libraries offer.
const SIGNATURE_SCHEMES: u32 = 10;
/// The name of the certificate authority in a request for a certificate [B]. Assumption: one short name; as
/// for the host name, the length is that of the measured request.
const AUTHORITY_NAME: u32 = 23;
/// A ticket that names a session kept at the server [B]. Assumption: a 32-byte handle.
const TICKET: u32 = 32;
/// A SHA-256 digest [B].
const DIGEST: u32 = 32;

/// The flights of a handshake.
pub(super) fn flights(
    suite: &Suite,
    sizes: &Sizes,
    resumption: Resumption,
) -> Result<Vec<Draft>, CryptoError> {
    let writer = Writer { suite, sizes, resumption };
    match (suite.protocol, &suite.authentication) {
        (Protocol::Tls10, _) => writer.tls10(),
        (_, Authentication::KeyEncapsulation { scheme, signer }) if resumption == Resumption::Full => {
            writer.kemtls(scheme, signer)
        }
        _ => writer.tls13(),
    }
}

struct Writer<'s> {
    suite: &'s Suite,
    sizes: &'s Sizes,
    resumption: Resumption,
}

impl Writer<'_> {
    fn general(&self) -> bool {
        self.suite.hello == Hello::General
    }

    fn message(&self, name: &'static str, body: u32) -> Message {
        let header = if self.suite.protocol == Protocol::Dtls13 { 12 } else { 4 };
        Message { name, bytes: header + body }
    }

    /// The name under which the client asks for a key that both ends hold already.
    fn identity(&self) -> Option<u32> {
        match (&self.suite.authentication, self.resumption) {
            (Authentication::PreSharedKey { identity, .. }, _) => u32::try_from(*identity).ok(),
            (_, Resumption::Resumed) => Some(TICKET),
            (_, Resumption::Full) => None,
        }
    }

    /// The chain that a side shows: scheme and number of certificates.
    fn chain(&self, from: Side) -> Option<(&str, u32)> {
        match &self.suite.authentication {
            Authentication::Certificates { scheme, chain, mutual }
                if self.resumption == Resumption::Full && (*mutual || from == Side::Server) =>
            {
                Some((scheme, *chain))
            }
            _ => None,
        }
    }

    fn certificates(&self, scheme: &str, chain: u32, each: u32) -> Result<u32, CryptoError> {
        let leaf = self.sizes.certificate(scheme, scheme, Link::Leaf)?;
        let other = self.sizes.certificate(scheme, scheme, Link::Intermediate)?;
        Ok(leaf + each + (chain.saturating_sub(1)) * (other + each))
    }

    fn tls13(&self) -> Result<Vec<Draft>, CryptoError> {
        let mut hello = Draft::new(Side::Client);
        hello.plain.push(self.client_hello()?);
        hello.makes_keys = true;
        let mut answer = Draft::new(Side::Server);
        answer.plain.push(self.server_hello()?);
        answer.change_cipher = self.general();
        answer.makes_keys = true;
        for scheme in &self.suite.key_exchange {
            let act = |act| Operation::new(scheme, act);
            hello.sender.push(act("keygen"));
            if encapsulates(scheme) {
                answer.sender.push(act("encaps"));
                answer.receiver.push(act("decaps"));
            } else {
                answer.sender.extend([act("keygen"), act("agree")]);
                answer.receiver.push(act("agree"));
            }
        }
        // A general server confirms that it heard the server's name.
        let extensions = if self.general() { 4 } else { 0 } + self.certificate_types();
        answer.sealed.push(self.message("EncryptedExtensions", 2 + extensions));
        if self.shows(Side::Client) {
            let authorities = if self.general() { 4 + 2 + 2 + AUTHORITY_NAME } else { 0 };
            let body = 1 + 2 + self.signature_algorithms() + authorities;
            answer.sealed.push(self.message("CertificateRequest", body));
        }
        let mut finish = Draft::new(Side::Client);
        finish.change_cipher = self.general();
        for draft in [&mut answer, &mut finish] {
            self.show_chain(draft)?;
            draft.sealed.push(self.message("Finished", DIGEST));
        }
        Ok(vec![hello, answer, finish])
    }

    /// KEMTLS: the server's certificate holds a key for encapsulation, and nothing is signed but the certificate. The
    /// client may send its first message with its own `Finished`; here it waits for the server's.
    /// Source: Schwabe, Stebila, Wiggers, CCS 2020.
    fn kemtls(&self, scheme: &str, signer: &str) -> Result<Vec<Draft>, CryptoError> {
        let mut flights = self.tls13()?;
        let (Some(mut finish), Some(answer)) = (flights.pop(), flights.last_mut()) else {
            return Ok(flights);
        };
        answer.sealed.retain(|message| message.name != "Finished");
        let body = 1 + 3 + 3 + 2 + self.sizes.certificate(scheme, signer, Link::Leaf)?;
        answer.sealed.push(self.message("Certificate", body));
        answer.receiver.push(Operation::new(signer, "verify"));
        answer.shows_chain = true;
        finish.sealed.insert(0, self.message("ClientKEMCiphertext", self.sizes.reply(scheme)?));
        finish.sender.push(Operation::new(scheme, "encaps"));
        finish.receiver.push(Operation::new(scheme, "decaps"));
        finish.makes_keys = true;
        let mut last = Draft::new(Side::Server);
        last.sealed.push(self.message("Finished", DIGEST));
        flights.extend([finish, last]);
        Ok(flights)
    }

    /// A side shows who it is: a chain, or a bare key.
    fn show_chain(&self, draft: &mut Draft) -> Result<(), CryptoError> {
        let (scheme, chain, shown) = match (&self.suite.authentication, self.chain(draft.from)) {
            (_, Some((scheme, chain))) => (scheme, chain, self.certificates(scheme, chain, 3 + 2)?),
            (Authentication::RawKeys { scheme }, None) if self.shows(draft.from) => {
                (scheme.as_str(), 0, self.sizes.raw_key(scheme)? + 3 + 2)
            }
            _ => return Ok(()),
        };
        draft.sealed.push(self.message("Certificate", 1 + 3 + shown));
        draft.sealed.push(self.message("CertificateVerify", 2 + 2 + self.sizes.reply(scheme)?));
        draft.sender.push(Operation::new(scheme, "sign"));
        let verify = Operation::new(scheme, "verify");
        draft.receiver.extend((0..=chain).map(|_| verify.clone()));
        draft.shows_chain = chain > 0;
        Ok(())
    }

    /// Whether a side shows who it is by something that the other must check.
    fn shows(&self, from: Side) -> bool {
        let raw = matches!(self.suite.authentication, Authentication::RawKeys { .. });
        self.chain(from).is_some() || raw && self.resumption == Resumption::Full
    }

    /// Both types of certificate, where they are raw keys: four bytes, a length and the type, as the comparison of
    /// protocols for constrained devices counts them in either direction.
    fn certificate_types(&self) -> u32 {
        let raw = matches!(self.suite.authentication, Authentication::RawKeys { .. });
        if raw && self.resumption == Resumption::Full { 2 * 6 } else { 0 }
    }

    /// The extension by which an end names its connection.
    fn connection_id(&self) -> u32 {
        match self.suite.connection_id {
            0 => 0,
            length => 4 + 1 + length,
        }
    }

    fn signature_algorithms(&self) -> u32 {
        4 + 2 + 2 * if self.general() { SIGNATURE_SCHEMES } else { 1 }
    }

    fn client_hello(&self) -> Result<Message, CryptoError> {
        let exchanges = !self.suite.key_exchange.is_empty();
        let share = self.share(|scheme| self.sizes.public_key(scheme))?;
        let cookie = u32::from(self.suite.protocol == Protocol::Dtls13);
        let session = if self.general() { 32 } else { 0 };
        // The suite itself, and in a general hello the signal for secure renegotiation.
        let suites = 2 * if self.general() { 2 } else { 1 };
        let mut body = 2 + 32 + 1 + session + cookie + 2 + suites + 2 + 2;
        body += 4 + 1 + 2 * if self.general() { 2 } else { 1 }; // supported_versions
        if exchanges {
            body += 4 + 2 + 2; // supported_groups, the one that is used
            body += 4 + 2 + 4 + share; // key_share
        }
        if self.general() {
            body += 4 + 2 + 1 + 2 + HOST_NAME; // server_name
            body += 4 + 2; // ec_point_formats
            body += 4; // extended_master_secret
            body += 4; // session_ticket, empty
            body += 4 + 5; // status_request
        }
        let signed = matches!(
            self.suite.authentication,
            Authentication::Certificates { .. } | Authentication::KeyEncapsulation { .. }
        );
        if self.general() || signed || self.shows(Side::Client) {
            body += self.signature_algorithms();
        }
        body += self.certificate_types() + self.connection_id();
        let identity = self.identity();
        if self.general() || identity.is_some() {
            body += 4 + 2; // psk_key_exchange_modes
        }
        if let Some(identity) = identity {
            body += 4 + 2 + (2 + identity + 4) + 2 + (1 + DIGEST); // pre_shared_key
        }
        Ok(self.message("ClientHello", body))
    }

    fn server_hello(&self) -> Result<Message, CryptoError> {
        let session = if self.general() { 32 } else { 0 };
        let mut body = 2 + 32 + 1 + session + 2 + 1 + 2;
        body += 4 + 2 + self.connection_id(); // supported_versions
        if !self.suite.key_exchange.is_empty() {
            body += 4 + 4 + self.share(|scheme| self.sizes.reply(scheme))?; // key_share
        }
        if self.identity().is_some() {
            body += 4 + 2; // pre_shared_key
        }
        Ok(self.message("ServerHello", body))
    }

    fn share(&self, size: impl Fn(&str) -> Result<u32, CryptoError>) -> Result<u32, CryptoError> {
        self.suite.key_exchange.iter().map(|scheme| size(scheme)).sum()
    }

    fn tls10(&self) -> Result<Vec<Draft>, CryptoError> {
        let resumed = self.resumption == Resumption::Resumed;
        let session = if resumed { 32 } else { 0 };
        let mut hello = Draft::new(Side::Client);
        hello.plain.push(self.message("ClientHello", 2 + 32 + 1 + session + 2 + 4 + 2));
        hello.makes_keys = resumed;
        let mut answer = Draft::new(Side::Server);
        answer.plain.push(self.message("ServerHello", 2 + 32 + 1 + 32 + 2 + 1));
        let mut finish = Draft::new(Side::Client);
        let finished = self.message("Finished", 12);
        finish.change_cipher = true;
        finish.sealed.push(finished.clone());
        answer.makes_keys = true;
        let Some((scheme, chain)) = self.chain(Side::Server) else {
            answer.change_cipher = true;
            answer.sealed.push(finished);
            return Ok(vec![hello, answer, finish]);
        };
        let operation = |act| Operation::new(scheme, act);
        answer.plain.push(self.message("Certificate", 3 + self.certificates(scheme, chain, 3)?));
        answer.plain.push(self.message("ServerHelloDone", 0));
        answer.receiver.extend((0..chain).map(|_| operation("verify")));
        answer.shows_chain = true;
        // The client encrypts the session's secret to the certificate: a public operation, as verification
        // is; the server's is a private one, as signing is.
        finish.plain.push(self.message("ClientKeyExchange", 2 + self.sizes.reply(scheme)?));
        finish.sender.push(operation("verify"));
        finish.receiver.push(operation("sign"));
        finish.makes_keys = true;
        let mut last = Draft::new(Side::Server);
        last.change_cipher = true;
        last.sealed.push(finished);
        Ok(vec![hello, answer, finish, last])
    }
}
