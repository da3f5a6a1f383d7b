//! Databases: servers that keep what they are told on their volume, and the clients that their images bring along.
//!
//! Models: the official images of MySQL, MariaDB, PostgreSQL and MongoDB and their `docker-entrypoint.sh`.
//! Left out: the real protocols (clients and servers here speak JSON), replication, configuration files, what `sql` leaves out.

mod client;
mod mongo;
mod mysql;
mod postgres;
mod print;
mod redis_cli;
mod server;
mod sql;

use super::Image;

pub use redis_cli::redis_cli;

pub static MYSQL: &dyn Image = &mysql::MYSQL;
pub static MARIADB: &dyn Image = &mysql::MARIADB;
pub static POSTGRES: &dyn Image = &postgres::POSTGRES;
pub static MONGO: &dyn Image = &mongo::Mongo;
