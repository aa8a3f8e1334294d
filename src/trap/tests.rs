use proptest::prelude::*;
use rug::Rational;

use super::{Setting, delta_trap, final_trap};
use crate::model::{Parameters, State};
use crate::number::{Enclosure, Interval, Number};
