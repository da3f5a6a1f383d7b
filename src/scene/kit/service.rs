//! The card of a Service: address, selector, and its EndpointSlice as one door per address.

use super::card::{self, Head};
use super::door;
use crate::scene::glyphs;
use crate::scene::shape::{Pen, Rect, mono, sans};
use crate::scene::theme::Ink;

/// One address of an EndpointSlice.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint<'a> {
    pub address: &'a str,
    /// The tail of the pod's name, or the word for why it takes no traffic.
    pub pod: &'a str,
    pub ready: bool,
    pub leaving: bool,
}

/// What the card of a Service shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Service<'a> {
    pub head: Head<'a>,
    /// ClusterIP, NodePort and so on, with the address and port.
    pub rows: &'a [(&'a str, &'a str)],
    pub endpoints: &'a [Endpoint<'a>],
    /// `3 of 5`.
    pub figure: &'a str,
}

pub fn draw(pen: &mut Pen, rect: Rect, service: &Service<'_>) {
    if rect.h < 50.0 {
        let kind = match service.rows.first() {
            Some((what, value)) if !value.is_empty() => format!("{what} {value}"),
            _ => service.head.kind.to_owned(),
        };
        card::draw(pen, rect, &Head { plain: true, kind: &kind, ..service.head });
        return;
    }
    card::draw(pen, rect, &service.head);
    let mut y = rect.y + 46.0;
    for (what, value) in service.rows {
        if y > rect.bottom() - 8.0 {
            return;
        }
        card::row(pen, rect, y, what, value);
        y += 18.0;
    }
    if y + 20.0 > rect.bottom() {
        return;
    }
    card::rule(pen, rect, y - 4.0);
    let (x, right) = (rect.x, rect.right());
    pen.glyph(&glyphs::EPS, x + 13.0, y + 5.0, 13.0, Ink::Ink2);
    pen.text(x + 33.0, y + 16.0, "EndpointSlice", sans(11.0).ink(Ink::Ink2));
    pen.text(right - 14.0, y + 16.0, service.figure.to_owned(), sans(11.5).weight(600).end());
    y += 28.0;
    let total = service.endpoints.len();
    let room = (((rect.bottom() - 6.0 - y) / 17.0).max(0.0)) as usize;
    let shown = if total > room { room.saturating_sub(1) } else { total };
    for endpoint in &service.endpoints[..shown] {
        door::row(pen, x + 14.0, y, endpoint.ready, endpoint.leaving);
        let (ink, ink2) = if endpoint.ready { (Ink::Ink1, Ink::Ink2) } else { (Ink::Ink3, Ink::Ink3) };
        let address = mono(10.5).ink(ink);
        pen.text(x + 35.0, y + 8.5, endpoint.address.to_owned(), address);
        let pod = if endpoint.ready { mono(10.5) } else { sans(10.5) }.ink(ink2);
        if pod.width(endpoint.pod) + address.width(endpoint.address) + 58.0 <= rect.w {
            pen.text(right - 14.0, y + 8.5, endpoint.pod.to_owned(), pod.end());
        }
        y += 17.0;
    }
    if shown < total && room > 0 {
        pen.text(x + 35.0, y + 8.5, format!("and {} more", total - shown), sans(10.5).ink(Ink::Ink3));
    }
}
