//! The grammar of handshakes: which messages go which way, how long each field is, what each end computes.
//!
//! Field lengths are those of RFC 8446 (TLS 1.3), RFC 9147 (DTLS 1.3), RFC 2246 (TLS 1.0) and the registries
//! of their extensions.

use super::conversation::{Resumption, Side};
use super::record::Framing;
use super::sizes::Link;
use super::suite::{Authentication, Hello, Protocol};
use super::{CryptoError, Sizes, Suite};

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

/// One handshake message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name in the standard.
    pub name: &'static str,
    /// Its length with its header, without the record around it [B].
    pub bytes: u32,
}

/// Something that an end computes: a scheme and what is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) scheme: String,
    pub(super) act: &'static str,
}

/// One flight before it is priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) from: Side,
    /// Messages in the clear, in one record.
    pub(super) plain: Vec<Message>,
    /// Whether a change-cipher-spec record follows.
    pub(super) change_cipher: bool,
    /// Messages under the handshake's keys, in one record.
    pub(super) sealed: Vec<Message>,
    pub(super) sender: Vec<Operation>,
    pub(super) receiver: Vec<Operation>,
    /// Whether its arrival lets the receiver make the session's keys.
    pub(super) makes_keys: bool,
    /// Whether it carries a chain of certificates.
    pub(super) shows_chain: bool,
}

impl Draft {
    fn new(from: Side) -> Self {
        Self {
            from,
            plain: Vec::new(),
            change_cipher: false,
            sealed: Vec::new(),
            sender: Vec::new(),
            receiver: Vec::new(),
            makes_keys: false,
            shows_chain: false,
        }
    }

    /// Bytes under the handshake's keys.
    pub(super) fn sealed_bytes(&self) -> u32 {
        self.sealed.iter().map(|message| message.bytes).sum()
    }

    /// Bytes on the wire, records included.
    pub(super) fn bytes(&self, framing: Framing, tag: u32) -> u32 {
        let header = if matches!(framing, Framing::Dtls13 { .. }) { 13 } else { 5 };
        let plain: u32 = self.plain.iter().map(|message| message.bytes).sum();
        let sealed = self.sealed_bytes();
        (if plain > 0 { header + plain } else { 0 })
            + (if self.change_cipher { 6 } else { 0 })
            + (if sealed > 0 { sealed + framing.overhead(sealed, tag) } else { 0 })
    }
}

/// The flights of a suite's handshake, in order; none where nothing is protected.
pub(super) fn drafts(suite: &Suite, resumption: Resumption) -> Result<Vec<Draft>, CryptoError> {
    let writer = Writer { suite, sizes: Sizes::shipped()?, resumption };
    match suite.protocol {
        Protocol::None => Ok(Vec::new()),
        Protocol::Tls10 => writer.tls10(),
        Protocol::Tls13 | Protocol::Dtls13 => writer.tls13(),
    }
}

/// Whether a key exchange is an encapsulation rather than a Diffie-Hellman.
fn encapsulates(scheme: &str) -> bool {
    ["ML-KEM", "HQC"].iter().any(|start| scheme.starts_with(start))
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
            let act = |act| Operation { scheme: scheme.clone(), act };
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
        answer.sealed.push(self.message("EncryptedExtensions", 2 + if self.general() { 4 } else { 0 }));
        if self.chain(Side::Client).is_some() {
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

    fn show_chain(&self, draft: &mut Draft) -> Result<(), CryptoError> {
        let Some((scheme, chain)) = self.chain(draft.from) else { return Ok(()) };
        let body = 1 + 3 + self.certificates(scheme, chain, 3 + 2)?;
        draft.sealed.push(self.message("Certificate", body));
        draft.sealed.push(self.message("CertificateVerify", 2 + 2 + self.sizes.reply(scheme)?));
        draft.sender.push(Operation { scheme: scheme.to_owned(), act: "sign" });
        let verify = Operation { scheme: scheme.to_owned(), act: "verify" };
        draft.receiver.extend((0..=chain).map(|_| verify.clone()));
        draft.shows_chain = true;
        Ok(())
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
        if self.general() || matches!(self.suite.authentication, Authentication::Certificates { .. }) {
            body += self.signature_algorithms();
        }
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
        body += 4 + 2; // supported_versions
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
        let operation = |act| Operation { scheme: scheme.to_owned(), act };
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
