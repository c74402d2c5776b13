//! Files of target, twin and images on the real engine: by the twin's shell and by archives they are the same.

use devtwin::domain::error::ErrorKind;
use devtwin::domain::files::{Answer, Ask, Kind, Listing, Place, Root};
use devtwin::domain::plan::Wishes;
