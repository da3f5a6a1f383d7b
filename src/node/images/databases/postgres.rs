//! postgres.
//!
//! Models: `docker-library/postgres` (`docker-entrypoint.sh`), `src/bin/psql`, `src/bin/scripts/pg_isready.c`.

use super::client::{self, Client};
use super::server::{Birth, Server, bear, daemon, is_born};
use super::sql::Dialect;
use crate::node::images::{Base, Config, Image, Tool};
use crate::node::program::{Launch, Program};
use crate::script::files::Files;
use crate::script::host::Launch as Launched;
use crate::script::sys::Sys;

pub struct Postgres;

pub static POSTGRES: Postgres = Postgres;

static CONFIG: Config = Config {
    names: &["docker.io/library/postgres", "docker.io/bitnami/postgresql"],
    versions: &[
        ("9.6", 24),
        ("10", 23),
        ("11", 22),
        ("12", 22),
        ("13", 23),
        ("14", 20),
        ("15", 15),
        ("16", 11),
        ("17", 7),
        ("18", 1),
    ],
    variants: &["alpine", "bookworm", "bullseye", "trixie", "alpine3.21", "alpine3.22"],
    bytes: 160_900_000,
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["postgres"],
    env: &[
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("PGDATA", "/var/lib/postgresql/data"),
    ],
    ports: &[5432],
    base: Base::Debian,
    ..Config::DEFAULT
};

const REFUSAL: [&str; 9] = [
    "Error: Database is uninitialized and superuser password is not specified.",
    "       You must specify POSTGRES_PASSWORD to a non-empty value for the",
    "       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".",
    "",
    "       You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all",
    "       connections without a password. This is *not* recommended.",
    "",
    "       See PostgreSQL documentation about \"trust\":",
    "       https://www.postgresql.org/docs/current/auth-trust.html",
];

impl Image for Postgres {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn furnish(&self, _tag: &str, files: &mut Files) {
        let _ = files.mkdirs("/var/lib/postgresql/data", crate::time::Time::ZERO);
    }

    fn start(&self, launch: &Launch, files: &mut Files) -> Option<Box<dyn Program>> {
        let mut words = launch.argv.iter().filter(|word| !word.ends_with("docker-entrypoint.sh"));
        let first = words.next()?;
        if first.rsplit('/').next() != Some("postgres") && !(first.starts_with('-') && launch.argv.len() > 1) {
            return None;
        }
        let root = launch.env("PGDATA").unwrap_or("/var/lib/postgresql/data").trim_end_matches('/').to_owned();
        let version = super::super::version_of(&CONFIG, &launch.tag, "18.1");
        let ends = |lines: Vec<String>, version: String| -> Option<Box<dyn Program>> {
            let daemon = daemon(launch, &[], lines, 20).ending(30, 1);
            Some(Box::new(Server { daemon, dialect: Dialect::Postgres, root: root.clone(), version, farewell: "" }))
        };
        let (mut lines, mut up) = (vec![], 800);
        if is_born(Dialect::Postgres, &root, files) {
            lines.push(
                "\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n".into(),
            );
        } else {
            let Some(birth) = birth(launch, files) else {
                return ends(REFUSAL.map(str::to_owned).to_vec(), version);
            };
            if let Some(found) = files.list(&root).ok().and_then(|names| names.into_iter().next()) {
                let mut lines = vec![format!("initdb: error: directory \"{root}\" exists but is not empty")];
                if found == "lost+found" {
                    lines.push(
                        "initdb: detail: It contains a lost+found directory, perhaps due to it being a mount point."
                            .into(),
                    );
                    lines.push("initdb: hint: Using a mount point directly as the data directory is not recommended.\nCreate a subdirectory under the mount point.".into());
                } else {
                    lines.push(format!("initdb: hint: If you want to create a new database system, either remove or empty the directory \"{root}\" or run initdb with an argument other than \"{root}\"."));
                }
                return ends(lines, version);
            }
            let _ = bear(Dialect::Postgres, &root, &birth, files, launch.at);
            let _ = files.write(
                &format!("{root}/PG_VERSION"),
                format!("{}\n", version.split('.').next().unwrap_or("")).as_bytes(),
                launch.at,
            );
            lines.push("PostgreSQL init process complete; ready for start up.\n".into());
            up = 2_500;
        }
        let stamp = (launch.at + crate::time::Span::millis(up))
            .timestamp_exact()
            .strftime("%Y-%m-%d %H:%M:%S.%3f UTC")
            .to_string();
        for text in [
            format!("starting PostgreSQL {version} on x86_64-pc-linux-gnu, 64-bit"),
            "listening on IPv4 address \"0.0.0.0\", port 5432".into(),
            "listening on Unix socket \"/var/run/postgresql/.s.PGSQL.5432\"".into(),
            "database system is ready to accept connections".into(),
        ] {
            lines.push(format!("{stamp} [1] LOG:  {text}"));
        }
        Some(Box::new(Server {
            daemon: daemon(launch, CONFIG.ports, lines, up),
            dialect: Dialect::Postgres,
            root,
            version,
            farewell: "LOG:  database system is shut down",
        }))
    }

    fn tools(&self) -> &'static [(&'static str, Tool)] {
        &[("pg_isready", is_ready), ("psql", psql)]
    }
}

/// What the variables ask for; `None` when no password is given.
fn birth(launch: &Launch, files: &Files) -> Option<Birth> {
    let asked = |name: &str| {
        let file = launch.env(&format!("{name}_FILE")).and_then(|path| files.text(path).ok());
        let found = file.map(|text| text.trim_end().to_owned()).or_else(|| launch.env(name).map(str::to_owned));
        found.filter(|value| !value.is_empty())
    };
    let trusted = launch.env("POSTGRES_HOST_AUTH_METHOD") == Some("trust");
    let password = match asked("POSTGRES_PASSWORD") {
        Some(_) if trusted => String::new(),
        Some(password) => password,
        None if trusted => String::new(),
        None => return None,
    };
    let user = asked("POSTGRES_USER").unwrap_or_else(|| "postgres".into());
    let own = asked("POSTGRES_DB").unwrap_or_else(|| user.clone());
    let mut databases: Vec<String> = ["postgres", "template0", "template1"].map(str::to_owned).to_vec();
    if !databases.contains(&own) {
        databases.push(own);
    }
    Some(Birth { accounts: [(user, password)].into(), databases })
}

fn psql(argv: &[String], sys: &mut Sys<'_>) -> Launched {
    let mut client = Client::new(Dialect::Postgres, "", 5432);
    client.host = sys.env("PGHOST").map(|host| host.to_string());
    client.request.password = sys.env("PGPASSWORD").map(|password| password.to_string());
    client.request.user = sys.env("PGUSER").map_or_else(|| "root".into(), |user| user.to_string());
    client.request.database = sys.env("PGDATABASE").map(|name| name.to_string()).unwrap_or_default();
    let argv = client::apart(&argv[1..], "tAqXwl");
    let mut rest = argv.iter();
    let mut operands = vec![];
    while let Some(arg) = rest.next() {
        match client::option(arg, &["-h", "-U", "-p", "-d", "-c", "-v"], &mut rest) {
            Some(("-h" | "--host", value)) => client.host = Some(value),
            Some(("-U" | "--username", value)) => client.request.user = value,
            Some(("-p" | "--port", value)) => client.port = value.parse().unwrap_or(5432),
            Some(("-d" | "--dbname", value)) => client.request.database = value,
            Some(("-c" | "--command", value)) => client.say(&value),
            Some(("-v" | "--variable" | "--set", _))
            | Some(("-w" | "--no-password" | "-q" | "--quiet" | "-X" | "--no-psqlrc", _)) => {}
            Some(("-l" | "--list", _)) => client.say("\\l"),
            Some(("-t" | "--tuples-only", _)) => client.bare = true,
            Some(("-A" | "--no-align", _)) => client.boxed = Some(false),
            Some(_) => {
                sys.err(&format!("psql: unrecognized option '{arg}'\n"));
                return Launched::Done(1);
            }
            None => operands.push(arg.clone()),
        }
    }
    let mut operands = operands.into_iter();
    if let Some(name) = operands.next() {
        client.request.database = name;
    }
    if let Some(user) = operands.next() {
        client.request.user = user;
    }
    if client.request.database.is_empty() {
        client.request.database.clone_from(&client.request.user);
    }
    Launched::Job(Box::new(client))
}

fn is_ready(argv: &[String], _sys: &mut Sys<'_>) -> Launched {
    let mut client = Client::new(Dialect::Postgres, "postgres", 5432);
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        match client::option(arg, &["-h", "-U", "-p", "-d", "-t"], &mut rest) {
            Some(("-h" | "--host", value)) => client.host = Some(value),
            Some(("-p" | "--port", value)) => client.port = value.parse().unwrap_or(5432),
            Some(("-q" | "--quiet", _)) => client.bare = true,
            _ => {}
        }
    }
    client.ping = Some("pg_isready");
    Launched::Job(Box::new(client))
}
