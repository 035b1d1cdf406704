//! From a passphrase to a key: Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::cipher::KeyBytes;
use super::secret::Passphrase;
use crate::error::{Error, ErrorKind, Result};

/// Random bytes that make the same passphrase another key in every collection.
pub type Salt = [u8; 16];

/// What the passphrases of one collection may cost together, as the sum of memory in KiB times passes: 2 GiB, some eight seconds in
/// a browser on a laptop, which is what a wrong passphrase takes. 50 times [`Kdf::CURRENT`], of which there may be 16.
pub(crate) const MAX_COST: u64 = 2 << 20;

/// What Argon2id costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kdf {
    /// Memory in KiB: 8 for each lane to 262,144.
    pub memory_kib: u32,
    /// How often the memory is gone over: 1 to 16, and no more than 2 GiB together.
    pub passes: u32,
    /// How many lanes there are, which one thread goes through one after the other: 1 to 16.
    pub lanes: u32,
}

impl Kdf {
    /// What passphrases are taken with from now on: the least that OWASP's Password Storage Cheat Sheet advises, some 135 ms
    /// in a browser on a laptop.
    pub const CURRENT: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// Whether it costs less than `other` in memory or passes.
    pub fn is_below(self, other: Self) -> bool {
        self.memory_kib < other.memory_kib || self.passes < other.passes
    }

    /// How many KiB are gone over, which is what takes the time.
    pub(crate) fn cost(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    /// Refuses what would take minutes or all memory, which only a damaged or planted envelope asks for.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`]
    pub(crate) fn check(self) -> Result<()> {
        let Self { memory_kib, passes, lanes } = self;
        let is_sound = (1..=16).contains(&lanes)
            && (8 * lanes..=256 * 1024).contains(&memory_kib)
            && (1..=16).contains(&passes)
            && self.cost() <= MAX_COST;
        match is_sound {
            true => Ok(()),
            false => Err(Error::corrupt(format!("the envelope asks for {self:?}, which is out of range"))),
        }
    }

    /// The key that the passphrase stands for.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`] for costs out of their range, [`ErrorKind::StoreUnavailable`] where there is not so much memory.
    pub(crate) fn derive(self, passphrase: &Passphrase, salt: &Salt) -> Result<KeyBytes> {
        self.check()?;
        let defect = |cause: argon2::Error| Error::internal(format!("Argon2id failed: {cause}"));
        let mut key = KeyBytes::default();
        let params =
            Params::new(self.memory_kib, self.passes, self.lanes, Some(key.len())).map_err(defect)?;
        let mut memory = Vec::new();
        memory.try_reserve_exact(params.block_count()).map_err(|_| {
            let message = format!("there are no {} KiB of memory for the passphrase", self.memory_kib);
            Error::new(ErrorKind::StoreUnavailable, message)
        })?;
        memory.resize(params.block_count(), Block::new());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let filled =
            argon2.hash_password_into_with_memory(passphrase.bytes(), salt, &mut key[..], &mut memory);
        memory.iter_mut().for_each(Zeroize::zeroize);
        filled.map_err(defect)?;
        Ok(key)
    }
}
