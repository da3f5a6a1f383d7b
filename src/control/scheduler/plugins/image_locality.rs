//! A node that already has the images is a little better.
//!
//! Models: `pkg/scheduler/framework/plugins/imagelocality`.

use super::{BEST, Cycle, Plugin, Refused, Stage};
use crate::control::scheduler::cache::NodeInfo;

pub struct ImageLocality;

struct Work {
    /// Normalised image names with how many nodes have them.
    images: Vec<(String, i64)>,
    containers: i64,
    nodes: i64,
}

/// Sizes below the first count as nothing, above the second (for each container) as everything.
const LEAST: i64 = 23 << 20;
const MOST: i64 = 1000 << 20;

/// An image name with its tag.
fn normalized(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains(':') || last.contains('@') { image.into() } else { format!("{image}:latest") }
}

impl Plugin for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }

    fn weight(&self) -> i64 {
        1
    }

    fn begin<'a>(&self, cycle: &mut Cycle<'a>) -> Result<Option<Box<dyn Stage + 'a>>, Refused> {
        let all = cycle.spec.init_containers.iter().flatten().chain(&cycle.spec.containers);
        let names: Vec<String> = all.filter_map(|c| c.image.as_deref()).map(normalized).collect();
        let containers = names.len() as i64;
        let counts: Vec<i64> = names.iter().map(|name| cycle.cache.nodes_with(name)).collect();
        let nodes = cycle.cache.nodes.len() as i64;
        if counts.iter().all(|count| *count == 0) {
            return Ok(None);
        }
        Ok(Some(Box::new(Work { images: names.into_iter().zip(counts).collect(), containers, nodes })))
    }
}

impl Stage for Work {
    fn prepare(&mut self, _feasible: &[&NodeInfo]) -> bool {
        true
    }

    fn score(&self, node: &NodeInfo) -> i64 {
        // The fewer nodes have an image, the less it counts, so that not everything gathers on one node.
        let present = self.images.iter().filter_map(|(name, count)| Some(node.images.get(name)? * count / self.nodes));
        let most = MOST * self.containers.max(1);
        let sum = present.sum::<i64>().clamp(LEAST, most);
        BEST * (sum - LEAST) / (most - LEAST)
    }
}
