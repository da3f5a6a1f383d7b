//! The API server: objects, kinds, selectors, errors, admission, the server itself.

pub mod admission;
pub mod amounts;
pub mod authorize;
pub mod custom;
pub mod credentials;
pub mod decode;
pub mod errors;
pub mod evict;
pub mod kind;
pub mod kinds;
pub mod managed;
pub mod object;
pub mod patch;
pub mod pod_security;
pub mod rbac;
pub mod release;
pub mod quota;
pub mod rest;
pub mod review;
pub mod schema;
pub mod selector;
pub mod server;
pub mod show;
pub mod user;
pub mod validation;
pub mod versions;
pub mod warnings;
mod wire;

pub use errors::{ApiError, FieldErrors, Reason};
pub use kind::{Column, Kind, KindRef, Names};
pub use object::Object;
pub use release::Release;
pub use server::{ApiServer, Call, DeleteOptions, Propagation, Reader};
pub use show::Report;
pub use user::User;
