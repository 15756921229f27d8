//! Keeping a run: what changes while it goes on is written down, and laid over the same run built anew.
//!
//! What a scenario file says once (routes, names, functions, tables) is never written: building the run gives it
//! again. Under another strategy the run is built with that strategy's controls, and ids are translated by what they
//! name (see [`ids`] and [`sections`]).

pub mod ids;
pub mod sections;
mod state;
mod take_over;

pub use state::Kept;
pub use take_over::{Carry, Standing, Turn};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What cannot be kept, or laid again.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// A part cannot be written.
    #[error("{what} cannot be kept")]
    Write {
        /// Which part.
        what: &'static str,
        /// Why.
        #[source]
        source: postcard::Error,
    },
    /// A part does not read.
    #[error("{what} of the snapshot does not read")]
    Read {
        /// Which part.
        what: &'static str,
        /// Why.
        #[source]
        source: postcard::Error,
    },
    /// The run built anew is not the one that was kept.
    #[error("the snapshot does not fit the scenario: {what} differ")]
    Differs {
        /// In what.
        what: &'static str,
    },
}

/// Write a part down.
///
/// # Errors
/// When it cannot be serialised.
pub fn write<T: Serialize + ?Sized>(what: &'static str, part: &T) -> Result<Vec<u8>, KeepError> {
    postcard::to_stdvec(part).map_err(|source| KeepError::Write { what, source })
}

/// Read a part again.
///
/// # Errors
/// When it is not what was written.
pub fn read<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, KeepError> {
    postcard::from_bytes(bytes).map_err(|source| KeepError::Read { what, source })
}

/// Read the first of several parts; gives what follows it, too.
///
/// # Errors
/// As [`read`].
pub fn read_first<'a, T: serde::Deserialize<'a>>(
    what: &'static str,
    bytes: &'a [u8],
) -> Result<(T, &'a [u8]), KeepError> {
    postcard::take_from_bytes(bytes).map_err(|source| KeepError::Read { what, source })
}

/// State that is kept with a run.
pub trait Keep {
    /// Write down what changes.
    ///
    /// # Errors
    /// When it cannot be serialised.
    fn keep(&self) -> Result<Vec<u8>, KeepError>;

    /// Take over what was written down.
    ///
    /// # Errors
    /// When it does not read.
    fn lay(&mut self, bytes: &[u8]) -> Result<(), KeepError>;
}

/// Say of each field of a type whether it is kept or comes from building the run: one that is left out does not compile.
///
/// ```
/// use sim::keep::Keep;
/// struct Door { name: String, open: bool, passed: u32 }
/// sim::kept!(Door { open, passed } built { name });
/// let [here, mut there] = [("front", true, 7), ("back", false, 0)]
///     .map(|(name, open, passed)| Door { name: name.to_owned(), open, passed });
/// there.lay(&here.keep()?)?;
/// assert_eq!((there.name.as_str(), there.open, there.passed), ("back", true, 7));
/// # Ok::<(), sim::keep::KeepError>(())
/// ```
#[macro_export]
macro_rules! kept {
    ($owner:ty { $($kept:ident),+ $(,)? } built { $($built:ident),* $(,)? }) => {
        impl $crate::keep::Keep for $owner {
            fn keep(&self) -> Result<Vec<u8>, $crate::keep::KeepError> {
                let Self { $($kept,)+ $($built: _,)* } = self;
                $crate::keep::write(stringify!($owner), &($($kept,)+))
            }

            fn lay(&mut self, bytes: &[u8]) -> Result<(), $crate::keep::KeepError> {
                let Self { $($kept,)+ $($built: _,)* } = self;
                ($(*$kept,)+) = $crate::keep::read(stringify!($owner), bytes)?;
                Ok(())
            }
        }
    };
}
