//! mysql and mariadb.
//!
//! Models: `docker-library/mysql` (`docker-entrypoint.sh`), `docker-library/mariadb`.

use super::client::{self, Client};
use super::server::{Birth, Server, bear, daemon, is_born};
use super::sql::Dialect;
use crate::node::images::{Base, Config, Image, Tool};
use crate::node::program::{Launch, Program};
use crate::script::files::Files;
use crate::script::host::Launch as Launched;
use crate::script::sys::Sys;

pub struct Mysql {
    config: Config,
    /// How variables begin: `MYSQL_ROOT_PASSWORD`.
    heads: &'static [&'static str],
    programs: &'static [&'static str],
    refusal: &'static [&'static str],
    version: &'static str,
}

const ROOT: &str = "/var/lib/mysql";

pub static MYSQL: Mysql = Mysql {
    config: Config {
        names: &["docker.io/library/mysql", "docker.io/bitnami/mysql"],
        versions: &[("5", -1), ("5.6", 51), ("5.7", 44), ("8", -1), ("8.0", 44), ("8.4", 7), ("9", -1), ("9.5", 0)],
        variants: &["oracle", "debian", "lts", "innovation", "oraclelinux9"],
        bytes: 240_100_000,
        entrypoint: &["docker-entrypoint.sh"],
        cmd: &["mysqld"],
        env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
        ports: &[3306, 33060],
        base: Base::Debian,
        ..Config::DEFAULT
    },
    heads: &["MYSQL_"],
    programs: &["mysqld"],
    refusal: &[
        "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
        "    You need to specify one of the following as an environment variable:",
        "    - MYSQL_ROOT_PASSWORD",
        "    - MYSQL_ALLOW_EMPTY_PASSWORD",
        "    - MYSQL_RANDOM_ROOT_PASSWORD",
    ],
    version: "9.5.0",
};

pub static MARIADB: Mysql = Mysql {
    config: Config {
        names: &["docker.io/library/mariadb"],
        versions: &[("10.5", 29), ("10.6", 24), ("10.11", 15), ("11", -1), ("11.4", 9), ("11.8", 5), ("12", -1)],
        variants: &["lts", "jammy", "noble"],
        bytes: 122_000_000,
        cmd: &["mariadbd"],
        ports: &[3306],
        ..MYSQL.config
    },
    heads: &["MARIADB_", "MYSQL_"],
    programs: &["mariadbd", "mysqld"],
    refusal: &[
        "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified",
        "\tYou need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD",
    ],
    version: "11.8.5",
};

impl Image for Mysql {
    fn config(&self) -> &Config {
        &self.config
    }

    fn furnish(&self, _tag: &str, files: &mut Files) {
        let _ = files.mkdirs(ROOT, crate::time::Time::ZERO);
    }

    fn start(&self, launch: &Launch, files: &mut Files) -> Option<Box<dyn Program>> {
        let mut words = launch.argv.iter().filter(|word| !word.ends_with("docker-entrypoint.sh"));
        let first = words.next()?;
        let named = self.programs.contains(&first.rsplit('/').next()?);
        if !named && !(first.starts_with('-') && launch.argv.len() > 1) {
            return None;
        }
        let version = super::super::version_of(&self.config, &launch.tag, self.version);
        let mut lines = vec![format!("[Note] [Entrypoint]: Entrypoint script for MySQL Server {version} started.")];
        let mut up = 1_500;
        if !is_born(Dialect::Mysql, ROOT, files) {
            let Some(birth) = self.birth(launch, files) else {
                let lines = self.refusal.iter().map(|line| (*line).to_owned()).collect();
                return Some(Box::new(Server {
                    daemon: daemon(launch, &[], lines, 20).ending(30, 1),
                    dialect: Dialect::Mysql,
                    root: ROOT.into(),
                    version,
                    farewell: "",
                }));
            };
            let _ = bear(Dialect::Mysql, ROOT, &birth, files, launch.at);
            lines.push("[Note] [Entrypoint]: Initializing database files".into());
            for name in birth.databases.iter().skip(SYSTEM.len()) {
                lines.push(format!("[Note] [Entrypoint]: Creating database {name}"));
            }
            lines.push("[Note] [Entrypoint]: MySQL init process done. Ready for start up.".into());
            up = 6_000;
        }
        lines.push(format!("[System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld {version}) starting as process 1"));
        lines.push(format!(
            "[System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '{version}'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL."
        ));
        Some(Box::new(Server {
            daemon: daemon(launch, self.config.ports, lines, up),
            dialect: Dialect::Mysql,
            root: ROOT.into(),
            version,
            farewell: "[System] [MY-013172] [Server] Received SHUTDOWN from user <via user signal>.",
        }))
    }

    fn tools(&self) -> &'static [(&'static str, Tool)] {
        &[("mariadb", mysql), ("mariadb-admin", admin), ("mysql", mysql), ("mysqladmin", admin)]
    }
}

/// The databases that are always there.
const SYSTEM: [&str; 3] = ["mysql", "performance_schema", "sys"];

impl Mysql {
    /// What the variables ask for; `None` when no password is given.
    fn birth(&self, launch: &Launch, files: &Files) -> Option<Birth> {
        let asked = |name: &str| {
            self.heads.iter().find_map(|head| {
                let file = launch.env(&format!("{head}{name}_FILE")).and_then(|path| files.text(path).ok());
                file.map(|text| text.trim_end().to_owned())
                    .or_else(|| launch.env(&format!("{head}{name}")).map(str::to_owned))
            })
        };
        let free = |name: &str| asked(name).is_some_and(|value| !value.is_empty());
        let root = match asked("ROOT_PASSWORD").filter(|password| !password.is_empty()) {
            Some(password) => password,
            None if free("ALLOW_EMPTY_PASSWORD") || free("ALLOW_EMPTY_ROOT_PASSWORD") => String::new(),
            None if free("RANDOM_ROOT_PASSWORD") => format!("{:08x}", launch.seed),
            None => return None,
        };
        let mut birth = Birth { databases: SYSTEM.map(str::to_owned).to_vec(), ..Birth::default() };
        birth.accounts.insert("root".into(), root);
        if let (Some(user), Some(password)) = (asked("USER"), asked("PASSWORD")) {
            birth.accounts.insert(user, password);
        }
        birth.databases.extend(asked("DATABASE").filter(|name| !name.is_empty()));
        Some(birth)
    }
}

fn mysql(argv: &[String], sys: &mut Sys<'_>) -> Launched {
    let mut client = Client::new(Dialect::Mysql, "root", 3306);
    let argv = client::apart(&argv[1..], "NsBt");
    let mut rest = argv.iter();
    while let Some(arg) = rest.next() {
        match client::option(arg, &["-h", "-u", "-P", "-D", "-e"], &mut rest) {
            Some(("-h" | "--host", value)) => client.host = Some(value),
            Some(("-u" | "--user", value)) => client.request.user = value,
            Some(("-P" | "--port", value)) => client.port = value.parse().unwrap_or(3306),
            Some(("-D" | "--database", value)) => client.request.database = value,
            Some(("-e" | "--execute", value)) => client.say(&value),
            Some(("-p" | "--password", value)) if value.is_empty() => client.asks = true,
            Some(("-p" | "--password", value)) => {
                sys.err("mysql: [Warning] Using a password on the command line interface can be insecure.\n");
                client.request.password = Some(value);
            }
            Some(("-N" | "-s" | "-B" | "-t" | "--silent" | "--batch" | "--table" | "--skip-column-names", _)) => {
                client.bare |= arg.contains('N') || arg == "--skip-column-names";
                client.boxed = match arg.as_str() {
                    "-t" | "--table" => Some(true),
                    "-B" | "-s" | "--batch" | "--silent" => Some(false),
                    _ => client.boxed,
                };
            }
            Some((name, _)) if name == "--protocol" || name == "--ssl-mode" => {}
            Some(_) => {
                sys.err(&format!("mysql: [ERROR] unknown option '{arg}'.\n"));
                return Launched::Done(2);
            }
            None => client.request.database.clone_from(arg),
        }
    }
    Launched::Job(Box::new(client))
}

fn admin(argv: &[String], sys: &mut Sys<'_>) -> Launched {
    let mut client = Client::new(Dialect::Mysql, "root", 3306);
    let mut rest = argv[1..].iter();
    let mut command = None;
    while let Some(arg) = rest.next() {
        match client::option(arg, &["-h", "-u", "-P"], &mut rest) {
            Some(("-h" | "--host", value)) => client.host = Some(value),
            Some(("-u" | "--user", value)) => client.request.user = value,
            Some(("-P" | "--port", value)) => client.port = value.parse().unwrap_or(3306),
            Some(("-p" | "--password", value)) => client.request.password = Some(value),
            Some(_) => {}
            None => command = command.or(Some(arg.clone())),
        }
    }
    match command.as_deref() {
        Some("ping") => {
            client.ping = Some("mysqladmin");
            Launched::Job(Box::new(client))
        }
        Some(other) => {
            sys.err(&format!("mysqladmin: Unknown command: '{other}' (only ping is here)\n"));
            Launched::Done(1)
        }
        None => {
            sys.err("usage: mysqladmin [-h HOST] [-u USER] [-pPASSWORD] ping\n");
            Launched::Done(1)
        }
    }
}
