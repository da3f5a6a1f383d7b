//! The few addresses of the Internet whose manifests are at hand: what `kubectl apply -f https://...` of every course needs.
//!
//! Models: the release manifests of `sigs.k8s.io/metrics-server`, an example of the Kubernetes documentation.
//! Left out: the rest of the Internet.

const PHP_APACHE: &str = include_str!("known/php-apache.yaml");

/// The releases of metrics-server; the last one is the latest.
const RELEASES: [&str; 6] = ["v0.6.4", "v0.7.0", "v0.7.1", "v0.7.2", "v0.8.0", "v0.8.1"];

/// What stands at an address; `None` when nobody answers there.
pub fn text(address: &str) -> Option<String> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    if let Some(rest) = rest.strip_prefix("github.com/kubernetes-sigs/metrics-server/releases/") {
        let release = match rest.split('/').collect::<Vec<_>>().as_slice() {
            ["latest", "download", "components.yaml"] => RELEASES.last().copied(),
            ["download", release, "components.yaml"] => RELEASES.into_iter().find(|known| known == release),
            _ => None,
        };
        return release.map(|release| crate::world::system::metrics_server(release, false));
    }
    let example = ["k8s.io/examples/", "kubernetes.io/examples/"]
        .iter()
        .find_map(|head| rest.strip_prefix("www.").unwrap_or(rest).strip_prefix(head));
    matches!(example, Some("application/php-apache.yaml" | "application/hpa/php-apache.yaml"))
        .then(|| if example == Some("application/php-apache.yaml") { PHP_APACHE.to_owned() } else { SCALER.to_owned() })
}

/// The autoscaler of the same walkthrough.
const SCALER: &str = "apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata:
  name: php-apache
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: php-apache
  minReplicas: 1
  maxReplicas: 10
  targetCPUUtilizationPercentage: 50
";
