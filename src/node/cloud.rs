//! Who rents machines to the cluster: one group of equal machines that grows and shrinks on request.
//!
//! Models: a cloud's instance group, as `cluster-autoscaler/cloudprovider` sees it.
//! Left out: several groups, prices, zones, orders that fail.

use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How few and how many machines the group may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    pub min: u32,
    pub max: u32,
}

/// What has happened to the group that the world has yet to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A machine with this number has been switched on for the first time.
    Came(u32),
    /// A machine has been given back.
    Left(Rc<str>),
}

#[derive(Clone, Debug, Default)]
pub struct Cloud {
    /// `None`: nothing can be rented.
    pub group: Option<Group>,
    /// Machines on their way by number, and when each will be there.
    pub ordered: BTreeMap<u32, Time>,
    pub news: Vec<News>,
    next: u32,
}

/// From an order until the machine's kubelet runs.
pub const BOOT: Span = Span::seconds(40);

impl Cloud {
    /// `next` is the number of the next machine.
    pub fn new(group: Option<Group>, next: u32) -> Self {
        Cloud { group, next, ..Default::default() }
    }

    /// A number that no machine had before.
    pub fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Rents one more machine; its number.
    pub fn order(&mut self, now: Time) -> u32 {
        let number = self.number();
        self.ordered.insert(number, now + BOOT);
        number
    }

    /// The ordered machines that are there by now.
    pub fn arrive(&mut self, now: Time) {
        let (ordered, news) = (&mut self.ordered, &mut self.news);
        ordered.retain(|number, at| {
            if *at <= now {
                news.push(News::Came(*number));
            }
            *at > now
        });
    }
}
