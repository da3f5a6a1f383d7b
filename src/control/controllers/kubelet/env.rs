//! The environment of a container.
//!
//! Models: `pkg/kubelet/kubelet_pods.go` (`makeEnvironmentVariables`), `pkg/kubelet/envvars`, `third_party/forked/golang/expansion`.

use super::fields;
use super::worker::Look;
use crate::api::kinds;
use crate::node::images::Config;
use crate::script::files::Files;
use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, FileKeySelector, Secret, ServiceSpec};
use std::collections::BTreeMap;

type Values = BTreeMap<String, String>;

impl Look<'_, '_> {
    /// Variables of the image, of the services, of `envFrom` and `env`, later ones winning.
    ///
    /// # Errors
    /// What is missing, in the kubelet's words.
    pub fn environment(&mut self, container: &Container, config: &Config) -> Result<Vec<(String, String)>, String> {
        let mut result: Vec<(String, String)> = vec![];
        let mut set = |name: &str, value: String| match result.iter_mut().find(|(n, _)| n == name) {
            Some(entry) => entry.1 = value,
            None => result.push((name.into(), value)),
        };
        for (name, value) in config.env {
            set(name, (*value).into());
        }
        set("HOSTNAME", self.object.name().into());
        let services = self.services();
        let mut temporary = services.clone();
        let mut own: Vec<(String, String)> = vec![];
        for source in container.env_from.iter().flatten() {
            let prefix = source.prefix.as_deref().unwrap_or("");
            let values = if let Some(from) = &source.config_map_ref {
                self.config_map(&from.name, from.optional)?
            } else if let Some(from) = &source.secret_ref {
                self.secret(&from.name, from.optional)?
            } else {
                None
            };
            for (name, value) in values.into_iter().flatten() {
                own.push((format!("{prefix}{name}"), value));
            }
        }
        for (name, value) in &own {
            temporary.insert(name.clone(), value.clone());
        }
        for variable in container.env.iter().flatten() {
            let value = match &variable.value {
                Some(value) => Some(expand_with(value, |name| temporary.get(name).cloned())),
                None => self.value_from(variable, container)?,
            };
            if let Some(value) = value {
                temporary.insert(variable.name.clone(), value.clone());
                own.push((variable.name.clone(), value));
            } else if variable.value_from.is_none() {
                temporary.insert(variable.name.clone(), String::new());
                own.push((variable.name.clone(), String::new()));
            }
        }
        for (name, value) in services {
            if !own.iter().any(|(n, _)| *n == name) {
                set(&name, value);
            }
        }
        for (name, value) in own {
            set(&name, value);
        }
        Ok(result)
    }

    fn value_from(&mut self, variable: &EnvVar, container: &Container) -> Result<Option<String>, String> {
        let Some(from) = &variable.value_from else { return Ok(None) };
        if let Some(field) = &from.field_ref {
            return self.field(&field.field_path).map(Some);
        }
        if let Some(field) = &from.resource_field_ref {
            let named = field.container_name.as_deref().filter(|name| !name.is_empty());
            let object = self.object.clone();
            let other = named.and_then(|name| super::find(object.spec(), name));
            let of = other.as_ref().map_or(container, |(c, _)| c);
            let machine = self.machine();
            return fields::resource(of, field, machine.cpu, machine.memory).map(Some);
        }
        if let Some(key) = &from.file_key_ref {
            let optional = key.optional == Some(true);
            return match self.file_key(key) {
                Err(_) if optional => Ok(None),
                value => value.map(Some),
            };
        }
        if let Some(key) = &from.config_map_key_ref {
            let full = format!("{}/{}", self.object.namespace(), key.name);
            let value = self.config_map(&key.name, key.optional)?.map(|mut values| values.remove(&key.key));
            return match value {
                Some(None) if key.optional != Some(true) => {
                    Err(format!("couldn't find key {} in ConfigMap {full}", key.key))
                }
                value => Ok(value.flatten()),
            };
        }
        if let Some(key) = &from.secret_key_ref {
            let full = format!("{}/{}", self.object.namespace(), key.name);
            let value = self.secret(&key.name, key.optional)?.map(|mut values| values.remove(&key.key));
            return match value {
                Some(None) if key.optional != Some(true) => {
                    Err(format!("couldn't find key {} in Secret {full}", key.key))
                }
                value => Ok(value.flatten()),
            };
        }
        Ok(None)
    }

    /// A variable from a file of `NAME=value` lines that an earlier container left in a volume.
    fn file_key(&self, key: &FileKeySelector) -> Result<String, String> {
        let missing = || format!("environment variable key {:?} not found in file {:?}", key.key, key.path);
        let tree = self.pod.volumes.get(key.volume_name.as_str());
        let tree =
            tree.ok_or_else(|| format!("cannot find the volume {:?} referenced by FileKeyRef", key.volume_name))?;
        let mut files = Files::new();
        files.plant("/v", tree.clone());
        let text = files.text(&format!("/v/{}", key.path));
        let text = text.map_err(|_| {
            format!("couldn't parse env file {:?}: open {}: no such file or directory", key.path, key.path)
        })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut pairs = lines.filter_map(|line| line.split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == key.key).ok_or_else(missing)?;
        let bare = ['\'', '"'].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        Ok(bare.unwrap_or(value).to_owned())
    }

    fn config_map(&self, name: &str, optional: Option<bool>) -> Result<Option<Values>, String> {
        match self.cx.read().get(kinds::CONFIG_MAP, self.object.namespace(), name) {
            Some(map) => Ok(Some(map.spec::<ConfigMap>().data.clone().unwrap_or_default())),
            None if optional == Some(true) => Ok(None),
            None => Err(format!("configmap \"{name}\" not found")),
        }
    }

    fn secret(&self, name: &str, optional: Option<bool>) -> Result<Option<Values>, String> {
        match self.cx.read().get(kinds::SECRET, self.object.namespace(), name) {
            Some(secret) => {
                let data = secret.spec::<Secret>().data.iter().flatten();
                Ok(Some(data.map(|(k, v)| (k.clone(), String::from_utf8_lossy(&v.0).into_owned())).collect()))
            }
            None if optional == Some(true) => Ok(None),
            None => Err(format!("secret \"{name}\" not found")),
        }
    }

    /// `WEB_SERVICE_HOST` and its like, for the services of the namespace and for `kubernetes`.
    fn services(&self) -> Values {
        let mut values = Values::new();
        let namespace = self.object.namespace();
        let links = self.spec().enable_service_links != Some(false);
        let master = self.cx.read().get(kinds::SERVICE, "default", "kubernetes");
        let own = self.cx.read().list(kinds::SERVICE, Some(namespace)).filter(|_| links);
        for service in own.chain(master) {
            let spec = service.spec::<ServiceSpec>();
            let Some(ip) = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != "None") else { continue };
            let name = service.name().to_uppercase().replace('-', "_");
            let Some(first) = spec.ports.iter().flatten().next() else { continue };
            values.insert(format!("{name}_SERVICE_HOST"), ip.into());
            values.insert(format!("{name}_SERVICE_PORT"), first.port.to_string());
            for port in spec.ports.iter().flatten() {
                let protocol = port.protocol.as_deref().unwrap_or("TCP");
                if let Some(own) = &port.name {
                    let own = own.to_uppercase().replace('-', "_");
                    values.insert(format!("{name}_SERVICE_PORT_{own}"), port.port.to_string());
                }
                let stem = format!("{name}_PORT_{}_{protocol}", port.port);
                let url = format!("{}://{ip}:{}", protocol.to_lowercase(), port.port);
                values.insert(stem.clone(), url);
                values.insert(format!("{stem}_PROTO"), protocol.to_lowercase());
                values.insert(format!("{stem}_PORT"), port.port.to_string());
                values.insert(format!("{stem}_ADDR"), ip.into());
            }
            let protocol = first.protocol.as_deref().unwrap_or("TCP").to_lowercase();
            values.insert(format!("{name}_PORT"), format!("{protocol}://{ip}:{}", first.port));
        }
        values
    }
}

/// Puts variables in place of `$(NAME)`; an unknown one stays as it is, `$$` is a dollar.
pub(super) fn expand(text: &str, env: &[(String, String)]) -> String {
    expand_with(text, |name| env.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()))
}

fn expand_with(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            result.push('$');
            rest = tail;
        } else if let Some((name, tail)) = rest.strip_prefix('(').and_then(|tail| tail.split_once(')')) {
            result.push_str(&value(name).unwrap_or_else(|| format!("$({name})")));
            rest = tail;
        } else {
            result.push('$');
        }
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_variable_stays_and_two_dollars_are_one() {
        let env = vec![("WHO".to_owned(), "anna".to_owned())];
        assert_eq!(expand("$(WHO)-$(MISSING) $HOME $$(WHO) $", &env), "anna-$(MISSING) $HOME $(WHO) $");
    }
}
