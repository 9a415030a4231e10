//! A product's back end, as far as it signs tokens.

use aws_lc_rs::{
    encoding::{AsBigEndian, AsDer, EcPublicKeyUncompressedBin},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::{Engine as _, engine::general_purpose};
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto};
use serde_json::{Value, json};

/// A key pair or a secret with its name.
pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
    /// The public key: SubjectPublicKeyInfo, or the secret.
    pub(crate) public: Vec<u8>,
    jwk: Value,
}

fn url(bytes: &[u8]) -> String {
    general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    /// One of each algorithm.
    pub(crate) fn all() -> [Signer; 4] {
        [Self::ed25519("ed"), Self::es256("es"), Self::rs256("rs"), Self::hs256("hs")]
    }

    pub(crate) fn ed25519(id: &str) -> Signer {
        let pair = Ed25519KeyPair::generate().unwrap();
        let raw = pair.public_key().as_ref().to_vec();
        // RFC 8410, section 10.1: the beginning is the same for every key.
        let public = [&hex::decode("302a300506032b6570032100").unwrap()[..], &raw].concat();
        let key = EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": url(&raw) });
        Signer { id: id.into(), algorithm: Algorithm::EdDSA, key, public, jwk }
    }

    pub(crate) fn es256(id: &str) -> Signer {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point: EcPublicKeyUncompressedBin = pair.public_key().as_be_bytes().unwrap();
        let point = point.as_ref();
        let public =
            [&hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap()[..], point].concat();
        let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": url(&point[1..33]), "y": url(&point[33..]) });
        Signer { id: id.into(), algorithm: Algorithm::ES256, key, public, jwk }
    }

    pub(crate) fn rs256(id: &str) -> Signer {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let exponent = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
        // RFC 8017 inside of PKCS#8, behind its 26 bytes.
        let key = EncodingKey::from_rsa_der(&private.as_ref()[26..]);
        let jwk = json!({ "kty": "RSA", "n": url(&modulus), "e": url(&exponent), "alg": "RS256", "use": "sig" });
        Signer { id: id.into(), algorithm: Algorithm::RS256, key, public: public.as_ref().to_vec(), jwk }
    }

    pub(crate) fn hs256(id: &str) -> Signer {
        let mut secret = vec![0; 32];
        aws_lc_rs::rand::fill(&mut secret).unwrap();
        Self::with_secret(id, &secret)
    }

    /// HS256 with this secret.
    pub(crate) fn with_secret(id: &str, secret: &[u8]) -> Signer {
        let key = EncodingKey::from_secret(secret);
        let jwk = json!({ "kty": "oct", "k": url(secret) });
        Signer { id: id.into(), algorithm: Algorithm::HS256, key, public: secret.to_vec(), jwk }
    }

    /// The public key in PEM.
    pub(crate) fn pem(&self) -> String {
        let body = general_purpose::STANDARD.encode(&self.public);
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// How the key stands in the settings.
    pub(crate) fn setting(&self) -> String {
        match self.algorithm {
            Algorithm::HS256 => format!("{}:{}", self.id, general_purpose::STANDARD.encode(&self.public)),
            _ => format!("{}:{}", self.id, self.pem()),
        }
    }

    /// The key in a set.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = self.jwk.clone();
        jwk["kid"] = json!(self.id);
        jwk
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_text(&claims.to_string())
    }

    /// A token whose claims are this text.
    pub(crate) fn sign_text(&self, claims: &str) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        self.sign_under(&serde_json::to_value(header).unwrap(), claims)
    }

    /// A token under this header, signed with the key's own algorithm whatever the header says.
    pub(crate) fn sign_under(&self, header: &Value, claims: &str) -> String {
        let message = format!("{}.{}", url(header.to_string().as_bytes()), url(claims.as_bytes()));
        let signature = crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}
