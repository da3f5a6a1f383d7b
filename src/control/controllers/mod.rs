//! The controllers: one file each, one line here. The order is the order in which they see a change.

mod service_account;

use super::Controller;

pub static ALL: &[&dyn Controller] = &[&service_account::ServiceAccounts];
