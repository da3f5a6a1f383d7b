//! Image references: what `nginx` means in full, and which are not references at all.
//!
//! Models: `github.com/distribution/reference`, `pkg/util/parsers`.

use std::fmt;

/// A reference in full: `docker.io/library/nginx`, `1.27`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// `docker.io`
    pub registry: String,
    /// `library/nginx`
    pub path: String,
    /// Empty when there is a digest.
    pub tag: String,
    /// `sha256:...`
    pub digest: Option<String>,
}

impl Reference {
    /// # Errors
    /// The words of the parser, as the kubelet shows them with `InvalidImageName`.
    pub fn parse(text: &str) -> Result<Reference, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].find(':') {
            Some(at) => (&rest[..slash + at], Some(&rest[slash + at + 1..])),
            None => (rest, None),
        };
        let first = name.split('/').next().unwrap_or("");
        let hosted = name.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
        let (registry, path) = match hosted {
            true => name.split_once('/').unwrap_or(("docker.io", name)),
            false => ("docker.io", name),
        };
        let path = if !hosted && !path.contains('/') { format!("library/{path}") } else { path.to_owned() };
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(format!("invalid reference format: repository name ({path}) must be lowercase"));
        }
        let piece = |piece: &str| {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
            let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            piece.chars().all(fits) && edge(piece.chars().next()) && edge(piece.chars().last())
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let tag_fits =
            |tag: &str| !tag.is_empty() && tag.len() <= 128 && tag.chars().all(fits) && !tag.starts_with(['.', '-']);
        if !path.split('/').all(piece) || tag.is_some_and(|tag| !tag_fits(tag)) {
            return Err("invalid reference format".into());
        }
        let default = if digest.is_some() { "" } else { "latest" };
        let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
        Ok(Reference { registry: registry.into(), path, tag: tag.unwrap_or(default).into(), digest })
    }

    /// `docker.io/library/nginx`
    pub fn repository(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }
}

impl fmt::Display for Reference {
    /// `docker.io/library/nginx:1.27`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.path)?;
        if !self.tag.is_empty() {
            write!(f, ":{}", self.tag)?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_from_the_docker_hub() {
        let full = |text: &str| Reference::parse(text).map(|r| r.to_string());
        assert_eq!(full("nginx").as_deref(), Ok("docker.io/library/nginx:latest"));
        assert_eq!(full("curlimages/curl:8.5.0").as_deref(), Ok("docker.io/curlimages/curl:8.5.0"));
        assert_eq!(full("localhost:5000/a/b").as_deref(), Ok("localhost:5000/a/b:latest"));
        assert!(full("Nginx").is_err_and(|why| why.ends_with("must be lowercase")));
        assert_eq!(full("nginx:").err().as_deref(), Some("invalid reference format"));
    }
}
