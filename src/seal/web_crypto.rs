//! The cipher of browsers: WebCrypto, in a window or a worker.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::cipher::{Cipher, KeyBytes, Nonce, key_bytes, random};
use crate::error::{Error, ErrorKind, Result};

#[wasm_bindgen]
extern "C" {
    /// <https://w3c.github.io/webcrypto/#crypto-interface>
    type Crypto;

    #[wasm_bindgen(method, getter)]
    fn subtle(this: &Crypto) -> JsValue;

    #[wasm_bindgen(method, catch, js_name = getRandomValues)]
    fn get_random_values(this: &Crypto, bytes: &mut [u8]) -> Result<JsValue, JsValue>;

    /// <https://w3c.github.io/webcrypto/#subtlecrypto-interface>. Each method copies the bytes it gets before it returns.
    type SubtleCrypto;

    #[wasm_bindgen(method, catch, js_name = importKey)]
    fn import_key(
        this: &SubtleCrypto,
        format: &str,
        bytes: &[u8],
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = exportKey)]
    fn export_key(this: &SubtleCrypto, format: &str, key: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn encrypt(
        this: &SubtleCrypto,
        algorithm: &Object,
        key: &JsValue,
        bytes: &[u8],
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn decrypt(
        this: &SubtleCrypto,
        algorithm: &Object,
        key: &JsValue,
        bytes: &[u8],
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = wrapKey)]
    fn wrap_key(
        this: &SubtleCrypto,
        format: &str,
        key: &JsValue,
        with: &JsValue,
        algorithm: &Object,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = unwrapKey)]
    fn unwrap_key(
        this: &SubtleCrypto,
        format: &str,
        bytes: &[u8],
        with: &JsValue,
        algorithm: &Object,
        unwrapped: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;

    /// <https://w3c.github.io/webcrypto/#cryptokey-interface>
    type CryptoKey;

    #[wasm_bindgen(method, getter)]
    fn algorithm(this: &CryptoKey) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn usages(this: &CryptoKey) -> JsValue;
}

const AES_GCM: &str = "AES-GCM";
const AES_KW: &str = "AES-KW";

/// AES-256-GCM by WebCrypto. Keys are not extractable, so that nothing but this can use them and nothing reads them.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebCrypto;

/// A `CryptoKey` of the caller's, of AES-GCM or AES-KW.
pub struct CallerKey {
    key: JsValue,
    use_: Use,
}

/// How a key wraps another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// AES-GCM, by `encrypt` and `decrypt`.
    Encrypting,
    /// AES-GCM, by `wrapKey` and `unwrapKey`; the result is the same.
    Wrapping,
    /// AES-KW (RFC 3394).
    KeyWrap,
}

impl CallerKey {
    /// The key that `value` is; `argument` is its name in messages.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for anything but a `CryptoKey` of AES-GCM or AES-KW that may wrap and unwrap.
    pub fn new(argument: &str, value: JsValue) -> Result<Self> {
        let refused = |found: &str| {
            Error::invalid_argument(format!(
                "{argument}: expected a CryptoKey of AES-GCM or AES-KW with the usages wrapKey and unwrapKey, or of AES-GCM with \
                 encrypt and decrypt; found {found}"
            ))
        };
        let class = Reflect::get(&js_sys::global(), &"CryptoKey".into()).unwrap_or_default();
        let is_key = class.dyn_ref::<js_sys::Function>().is_some_and(|class| {
            Reflect::get_prototype_of(&value).is_ok_and(|prototype| {
                Reflect::get(class, &"prototype".into()).is_ok_and(|own| own == *prototype)
            })
        });
        if !is_key {
            return Err(refused(&value.js_typeof().as_string().unwrap_or_default()));
        }
        let key: &CryptoKey = value.unchecked_ref();
        let name = Reflect::get(&key.algorithm(), &"name".into()).unwrap_or_default().as_string();
        let usages = Array::from(&key.usages());
        let may = |usage: &str| usages.includes(&usage.into(), 0);
        let (wraps, encrypts) = (may("wrapKey") && may("unwrapKey"), may("encrypt") && may("decrypt"));
        let use_ = match name.as_deref() {
            Some(AES_GCM) if encrypts => Use::Encrypting,
            Some(AES_GCM) if wraps => Use::Wrapping,
            Some(AES_KW) if wraps => Use::KeyWrap,
            other => return Err(refused(&format!("one of {}", other.unwrap_or("no algorithm")))),
        };
        Ok(Self { key: value, use_ })
    }
}

impl Cipher for WebCrypto {
    type Key = JsValue;
    type CallerKey = CallerKey;

    async fn key(&self, bytes: &KeyBytes) -> Result<JsValue> {
        import(&bytes[..], false).await
    }

    async fn seal(&self, key: &JsValue, nonce: &Nonce, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let algorithm = gcm(nonce, associated);
        bytes_of(settled(subtle()?.encrypt(&algorithm, key, plain)).await)
    }

    async fn open(
        &self,
        key: &JsValue,
        nonce: &Nonce,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        let algorithm = gcm(nonce, associated);
        unless_refused(settled(subtle()?.decrypt(&algorithm, key, sealed)).await)
    }

    async fn wrap(&self, with: &CallerKey, key: &KeyBytes) -> Result<Vec<u8>> {
        let subtle = subtle()?;
        let nonce: Nonce = random(self)?;
        let wrapped = match with.use_ {
            Use::Encrypting => settled(subtle.encrypt(&gcm(&nonce, &[]), &with.key, &key[..])).await,
            Use::Wrapping => {
                let key = import(&key[..], true).await?;
                settled(subtle.wrap_key("raw", &key, &with.key, &gcm(&nonce, &[]))).await
            }
            Use::KeyWrap => {
                let key = import(&key[..], true).await?;
                let wrapped = settled(subtle.wrap_key("raw", &key, &with.key, &named(AES_KW))).await;
                return bytes_of(wrapped);
            }
        };
        Ok([&nonce[..], &bytes_of(wrapped)?].concat())
    }

    async fn unwrap(&self, with: &CallerKey, wrapped: &[u8]) -> Result<Option<KeyBytes>> {
        let subtle = subtle()?;
        let unwrapped = |bytes: &[u8], algorithm: &Object| {
            let usages = Array::of1(&"encrypt".into());
            settled(subtle.unwrap_key("raw", bytes, &with.key, algorithm, &named(AES_GCM), true, &usages))
        };
        let key = match with.use_ {
            Use::KeyWrap => unwrapped(wrapped, &named(AES_KW)).await,
            use_ => {
                let Some((nonce, sealed)) = wrapped.split_first_chunk() else { return Ok(None) };
                if use_ == Use::Encrypting {
                    return Ok(self.open(&with.key, nonce, &[], sealed).await?.and_then(key_bytes));
                }
                unwrapped(sealed, &gcm(nonce, &[])).await
            }
        };
        match key {
            Ok(key) => Ok(key_bytes(bytes_of(settled(subtle.export_key("raw", &key)).await)?)),
            // Of a key of another length WebCrypto says DataError.
            Err(exception) if ["OperationError", "DataError"].contains(&&*name_of(&exception)) => Ok(None),
            Err(exception) => Err(failure(&exception)),
        }
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        crypto()?.get_random_values(bytes).map(drop).map_err(|exception| failure(&exception))
    }
}

/// A key of AES-GCM.
async fn import(bytes: &[u8], extractable: bool) -> Result<JsValue> {
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    let imported = settled(subtle()?.import_key("raw", bytes, &named(AES_GCM), extractable, &usages)).await;
    imported.map_err(|exception| failure(&exception))
}

/// What a promise resolves to.
async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    promise?.await
}

fn bytes_of(result: Result<JsValue, JsValue>) -> Result<Vec<u8>> {
    result.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|exception| failure(&exception))
}

/// `None` where the bytes are not what was sealed with the key: WebCrypto tells no more of it.
fn unless_refused(result: Result<JsValue, JsValue>) -> Result<Option<Vec<u8>>> {
    match result {
        Err(exception) if name_of(&exception) == "OperationError" => Ok(None),
        result => bytes_of(result).map(Some),
    }
}

fn named(algorithm: &str) -> Object {
    let object = Object::new();
    set(&object, "name", &algorithm.into());
    object
}

fn gcm(nonce: &Nonce, associated: &[u8]) -> Object {
    let object = named(AES_GCM);
    set(&object, "iv", &Uint8Array::from(&nonce[..]));
    set(&object, "additionalData", &Uint8Array::from(associated));
    object
}

/// A fresh object takes any property.
fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

fn crypto() -> Result<Crypto> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).unwrap_or_default();
    match crypto.is_object() {
        true => Ok(crypto.unchecked_into()),
        false => Err(unavailable()),
    }
}

fn subtle() -> Result<SubtleCrypto> {
    let subtle = crypto()?.subtle();
    match subtle.is_object() {
        true => Ok(subtle.unchecked_into()),
        false => Err(unavailable()),
    }
}

fn unavailable() -> Error {
    let message = "encryption needs WebCrypto, which browsers have on pages from https or localhost only";
    Error::new(ErrorKind::StoreUnavailable, message)
}

fn name_of(exception: &JsValue) -> String {
    Reflect::get(exception, &"name".into()).unwrap_or_default().as_string().unwrap_or_default()
}

/// Exceptions of WebCrypto hold no bytes of what it was given.
fn failure(exception: &JsValue) -> Error {
    Error::internal(format!("WebCrypto failed with {}", name_of(exception)))
}
