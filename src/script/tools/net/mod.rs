//! Tools that ask the network: a question goes out as data, the answer wakes the job.

mod curl;
mod lookup;
mod nc;
mod wget;

pub use curl::run as curl;
pub use lookup::run as nslookup;
pub use nc::{nc, ping};
pub use wget::run as wget;

/// A web address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub https: bool,
    pub host: String,
    pub port: u16,
    /// Host and port as they were written.
    pub authority: String,
    /// Path and query, beginning with `/`.
    pub target: String,
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadUrl {
    Scheme(String),
    Host,
    Port,
}

impl Url {
    pub fn parse(text: &str) -> Result<Url, BadUrl> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            other => return Err(BadUrl::Scheme(other.to_owned())),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = rest[..end].rsplit('@').next().unwrap_or("").to_owned();
        let tail = rest[end..].split('#').next().unwrap_or("");
        let target = if tail.starts_with('/') { tail.to_owned() } else { format!("/{tail}") };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port.parse().map_err(|_| BadUrl::Port)?)),
            None => (authority.clone(), None),
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(BadUrl::Host);
        }
        Ok(Url { https, host, port: port.unwrap_or(if https { 443 } else { 80 }), authority, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        let url = Url::parse("http://web.shop:8080/a?b=1#c").expect("fine");
        assert_eq!((url.host.as_str(), url.port, url.target.as_str()), ("web.shop", 8080, "/a?b=1"));
        assert_eq!(Url::parse("web").map(|u| (u.port, u.target)), Ok((80, "/".into())));
        assert_eq!(Url::parse("ftp://x"), Err(BadUrl::Scheme("ftp".into())));
        assert_eq!(Url::parse("http://:80"), Err(BadUrl::Host));
        assert_eq!(Url::parse("web:x"), Err(BadUrl::Port));
    }
}
