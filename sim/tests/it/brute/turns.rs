//! The textbook of other turns: waits that stand still, masters that ask, meetings, calls and granted times, wires.

use super::radio::{Event, Field, Textbook};
use sim::luck::occasion;
use sim::medium::{Access, Grants, Meets, Polls};

/// No frame and what is kept free after it last longer than this [ns].
const LONGEST: u64 = 20_000;

/// The round of a master.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    began: u64,
    tried: u64,
    asked: u64,
}

impl Field {
    /// How its devices take turns.
    pub fn turns(&self) -> &'static str {
        match self.access {
            Access::Aloha { .. } => "aloha",
            Access::Csma { .. } => "csma",
            Access::Contention(_) => "contention",
            Access::Polls(_) => "polls",
            Access::Meets(_) => "meets",
            Access::Grants(_) => "grants",
            Access::Wire { .. } => "wire",
        }
    }

    fn polls(&self) -> Option<Polls> {
        if let Access::Polls(rules) = self.access { Some(rules) } else { None }
    }

    fn meets(&self) -> Option<Meets> {
        if let Access::Meets(rules) = self.access { Some(rules) } else { None }
    }

    fn grants(&self) -> Option<Grants> {
        if let Access::Grants(rules) = self.access { Some(rules) } else { None }
    }
}

impl Textbook<'_> {
    /// A sender draws its wait.
    pub(super) fn contend(&mut self, sender: usize) {
        let Access::Contention(rules) = self.field.access else { return };
        let own = &self.senders[sender];
        let id = own.queue[0];
        let exponent = (u64::from(rules.first) + own.attempt).min(u64::from(rules.last));
        let [key, name] = self.messages[id].key;
        let name = occasion(&[name, self.rest(sender), own.attempt, 0]);
        let steps = self.air.below(1 << exponent, key, name);
        self.senders[sender].contends = Some((self.now, steps));
        self.arrange_slot(sender);
    }

    /// When the wait of a sender is over, by all frames there ever were: its steps count only while nobody whom it hears
    /// has sent for long enough.
    fn wait_ends(&self, sender: usize) -> Option<u64> {
        let Access::Contention(rules) = self.field.access else { return None };
        let (from, mut left) = self.senders[sender].contends?;
        let hears = |other: usize| other == sender || self.power(other, sender) >= rules.heard;
        // Each as begin, end, and until when room is left for its acknowledgement.
        let mut busy: Vec<[u64; 3]> = self
            .frames
            .iter()
            .rev()
            // No frame is longer.
            .take_while(|frame| frame.start + LONGEST > from)
            .filter(|frame| hears(frame.from))
            .map(|frame| {
                let room = frame.message.is_some() && frame.from != sender;
                [frame.start, frame.end, frame.end + if room { rules.answer.0 } else { 0 }]
            })
            .filter(|frame| frame[2] > from)
            .collect();
        busy.sort_unstable();
        let mut at = from;
        loop {
            // Clear from: nobody on the air, and no room left for an answer.
            while let Some(frame) = busy.iter().find(|frame| frame[0] <= at && at < frame[2]) {
                if frame[1] > self.now {
                    return None;
                }
                at = frame[2].max(at);
            }
            let since = at + rules.wait.0;
            let ends = since + left * rules.slot.0;
            // The next frame that is not there yet when counting begins.
            match busy.iter().find(|frame| frame[0] > at && frame[0] < ends) {
                None => return Some(ends),
                Some(frame) => {
                    left -= frame[0].saturating_sub(since) / rules.slot.0;
                    at = frame[0];
                }
            }
        }
    }

    fn arrange_slot(&mut self, sender: usize) {
        if let Some(ends) = self.wait_ends(sender) {
            self.post(ends.max(self.now), Event::Slot(sender, ends));
        }
    }

    pub(super) fn slot(&mut self, sender: usize, ends: u64) {
        if self.now == ends && self.wait_ends(sender) == Some(ends) {
            self.senders[sender].contends = None;
            self.send(sender);
        }
    }

    /// Somebody began to send, or ended: all waits are looked at anew.
    pub(super) fn stir(&mut self, _: usize) {
        if matches!(self.field.access, Access::Contention(_)) {
            for sender in 0..self.senders.len() {
                self.arrange_slot(sender);
            }
        }
    }

    /// A device has something to say, or something waits for it.
    pub(super) fn has_words(&mut self, device: usize) {
        if let Some(rules) = self.field.polls()
            && self.round.is_none()
        {
            self.round = Some(Round { began: self.now, tried: 0, asked: 0 });
            self.post(self.now + rules.silence.0, Event::Ask(0));
        }
        if self.field.meets().is_some() && self.senders[device].meets.is_none() {
            self.meet(device, self.now);
        }
    }

    fn anchor(&self, rules: Meets, device: usize, from: u64) -> u64 {
        let mut at = rules.every.0 * device as u64 / self.field.gateway() as u64;
        while at < from {
            at += rules.every.0;
        }
        at
    }

    fn meet(&mut self, device: usize, from: u64) {
        let Some(rules) = self.field.meets() else { return };
        let at = self.anchor(rules, device, from);
        self.senders[device].meets = Some(at);
        self.post(at, Event::Ask(device));
    }

    fn piece(&self, id: usize, rate: usize, part: u32) -> (u32, u64) {
        let longest = self.field.airtimes[rate].len() as u32 - 1;
        let all = self.messages[id].bytes;
        let bytes = (all - part * longest).min(longest);
        (bytes, u64::from(all.saturating_sub(1) / longest - part))
    }

    /// The gateway speaks to a device.
    pub(super) fn ask(&mut self, device: usize) {
        let (gateway, rate) = (self.field.gateway(), usize::from(self.field.antennas[device].rate));
        let (empty, asked) = match (self.field.polls(), self.field.meets()) {
            (Some(rules), _) => {
                let Some(round) = self.round.as_mut() else { return };
                round.asked += 1;
                (rules.request.0, round.asked)
            }
            (_, Some(rules)) => (rules.empty.0, self.now),
            _ => return,
        };
        let waiting = self.waiting.get(&device).and_then(|waiting| waiting.front()).copied();
        match waiting {
            Some(id) => {
                let (bytes, rest) = self.piece(id, rate, self.senders[device].part);
                let [key, name] = self.messages[id].key;
                let name = occasion(&[name, rest, self.senders[device].tried]);
                let lasts = self.field.airtimes[rate][bytes as usize];
                self.air([gateway, device], 0, rate, lasts, Some(id), (bytes, [key, name]));
            }
            None => {
                self.air([gateway, device], 0, rate, empty, None, (0, [0, occasion(&[asked, 0])]));
            }
        }
    }

    /// A device answers.
    pub(super) fn reply(&mut self, at: usize) {
        let frame = self.frames[at];
        let (device, rate) = (frame.to, usize::from(self.field.antennas[frame.to].rate));
        let own = &self.senders[device];
        let written = frame.message.is_some() && self.field.polls().is_some();
        let empty = match (self.field.polls(), self.field.meets()) {
            (Some(rules), _) if written => rules.written.0,
            (Some(rules), _) => rules.empty.0,
            (_, Some(rules)) => rules.empty.0,
            _ => return,
        };
        match own.queue.front().copied().filter(|_| !written) {
            Some(id) => {
                let (bytes, rest) = self.piece(id, rate, own.piece);
                let [key, name] = self.messages[id].key;
                let name = occasion(&[name, rest, own.attempt]);
                let lasts = self.field.airtimes[rate][bytes as usize];
                self.air([device, frame.from], 0, rate, lasts, Some(id), (bytes, [key, name]));
            }
            None => {
                let key = [frame.key[0], occasion(&[frame.key[1], 1])];
                self.air([device, frame.from], 0, rate, empty, None, (0, key));
            }
        }
    }

    /// Something that a gateway said to a device, or a device to it, has ended.
    pub(super) fn spoken(&mut self, at: usize, missed: Option<&'static str>) {
        let frame = self.frames[at];
        let down = frame.from == self.field.gateway();
        let device = if down { frame.to } else { frame.from };
        let rate = usize::from(self.field.antennas[device].rate);
        let tries = self.field.meets().map_or_else(
            || if down { self.field.polls().map_or(0, |rules| u64::from(rules.tries)) } else { 255 },
            |rules| u64::from(rules.tries),
        );
        if let Some(id) = frame.message {
            let own = &self.senders[device];
            let (tried, part) = if down { (own.tried, own.part) } else { (own.attempt, own.piece) };
            let rest = self.piece(id, rate, part).1;
            let (tried, part) = match missed {
                Some(_) => ((tried + 1).min(255), part),
                None if rest > 0 => (0, part + 1),
                None => (0, 0),
            };
            let done = missed.is_none() && rest == 0;
            let over = done || missed.is_some() && tried > tries;
            let own = &mut self.senders[device];
            let (tried, part) = if over { (0, 0) } else { (tried, part) };
            if down {
                (own.tried, own.part) = (tried, part);
            } else {
                (own.attempt, own.piece) = (tried, part);
            }
            if over {
                if down {
                    self.waiting.get_mut(&device).unwrap().pop_front();
                } else {
                    own.queue.pop_front();
                }
                let why = if down && tries == 0 { missed.unwrap_or("busy") } else { "busy" };
                if done { self.arrive(id) } else { self.lose(id, why) }
            }
        }
        if let Some(rules) = self.field.polls() {
            match (down, missed) {
                (true, None) => self.post(self.now + rules.turn.0, Event::Reply(at)),
                (true, Some(_)) => self.post(self.now + rules.patience.0, Event::Silence(device)),
                (false, Some(_)) => self.silence(device),
                (false, None) => self.next_round(rules, device),
            }
        }
        if let Some(rules) = self.field.meets() {
            match (down, missed) {
                (true, None) => self.post(self.now + rules.turn.0, Event::Reply(at)),
                (false, None) if self.fits(rules, device) => {
                    self.post(self.now + rules.turn.0, Event::Ask(device))
                }
                _ => {
                    self.senders[device].meets = None;
                    let words = !self.senders[device].queue.is_empty()
                        || self.waiting.get(&device).is_some_and(|waiting| !waiting.is_empty());
                    if words {
                        self.meet(device, self.now + 1);
                    }
                }
            }
        }
    }

    /// Whether what two have left to say ends before others meet.
    fn fits(&self, rules: Meets, device: usize) -> bool {
        let rate = usize::from(self.field.antennas[device].rate);
        let length = |id: Option<&usize>, part| {
            id.map_or(rules.empty.0, |&id| self.field.airtimes[rate][self.piece(id, rate, part).0 as usize])
        };
        let own = &self.senders[device];
        let (up, down) = (own.queue.front(), self.waiting.get(&device).and_then(|waiting| waiting.front()));
        let ends = self.now + 2 * rules.turn.0 + length(down, own.part) + length(up, own.piece);
        let next = self.anchor(rules, device, self.now + 1);
        let room = next - rules.every.0 + rules.every.0 / self.field.gateway() as u64;
        (up.is_some() || down.is_some()) && ends <= room
    }

    pub(super) fn silence(&mut self, device: usize) {
        let Some(rules) = self.field.polls() else { return };
        let Some(round) = self.round.as_mut() else { return };
        if round.tried < u64::from(rules.tries) {
            round.tried += 1;
            return self.post(self.now + rules.silence.0, Event::Ask(device));
        }
        self.next_round(rules, device);
    }

    fn next_round(&mut self, rules: Polls, device: usize) {
        let Some(round) = self.round.as_mut() else { return };
        round.tried = 0;
        if device + 1 < self.field.gateway() {
            return self.post(self.now + rules.silence.0, Event::Ask(device + 1));
        }
        round.began = self.now.max(round.began + rules.every.0);
        let at = round.began + rules.silence.0;
        self.post(at, Event::Ask(0));
    }

    fn chance(rules: Grants, from: u64) -> u64 {
        let [every, lasts] = rules.pass.map(|span| span.0);
        let mut at = from;
        loop {
            let on_grid = rules.every.0 == 0 || at.is_multiple_of(rules.every.0);
            // The first opportunity after a pass has begun counts, even where the pass was shorter than the wait for it.
            let in_view = every == 0 || at % every < lasts;
            if on_grid && in_view {
                return at;
            }
            if on_grid {
                let begins = (at / every + 1) * every;
                return if rules.every.0 == 0 { begins } else { begins.next_multiple_of(rules.every.0) };
            }
            at = at.next_multiple_of(rules.every.0);
        }
    }

    fn call_at(&mut self, sender: usize, at: u64) {
        let own = &mut self.senders[sender];
        if own.calling || own.meets.is_some_and(|known| known <= at) {
            return;
        }
        own.meets = Some(at);
        self.post(at, Event::Call(sender, at));
    }

    /// A device wants to send.
    pub(super) fn wants_time(&mut self, sender: usize) {
        let Some(rules) = self.field.grants() else { return };
        if self.senders[sender].stays >= self.now && self.senders[sender].stays > 0 {
            return self.take_lane(sender);
        }
        self.call_at(sender, Self::chance(rules, self.now));
    }

    fn lane(&mut self, rules: Grants, lasts: u64) -> (u16, u64) {
        self.lanes.resize(usize::from(rules.lanes), 0);
        let mut first = 0;
        for lane in 1..self.lanes.len() {
            if self.lanes[lane] < self.lanes[first] {
                first = lane;
            }
        }
        let begins = self.lanes[first].max(self.now);
        self.lanes[first] = begins + lasts;
        (first as u16, begins)
    }

    fn take_lane(&mut self, sender: usize) {
        let Some(rules) = self.field.grants() else { return };
        let Some(&id) = self.senders[sender].queue.front() else { return };
        let rate = usize::from(self.field.antennas[sender].rate);
        let bytes = self.piece(id, rate, self.senders[sender].piece).0;
        let (lane, begins) = self.lane(rules, self.field.airtimes[rate][bytes as usize]);
        (self.senders[sender].lane, self.senders[sender].granted) = (lane, true);
        self.senders[sender].turn += 1;
        self.post(begins, Event::Send(sender, self.senders[sender].turn));
    }

    fn preamble(&self, rules: Grants, sender: usize) -> u64 {
        let own = &self.senders[sender];
        let waiting = self.waiting.get(&sender).and_then(|waiting| waiting.front()).copied();
        let Some(id) = own.queue.front().copied().or(waiting) else { return 0 };
        let attempt = if own.queue.is_empty() { 0 } else { own.attempt };
        let waits = if own.queue.is_empty() { own.tried } else { own.waits };
        let [key, name] = self.messages[id].key;
        let name = occasion(&[name, waits, attempt, 2 << 32]);
        self.air.below(u64::from(rules.preambles.max(1)), key, name)
    }

    pub(super) fn call(&mut self, sender: usize, at: u64) {
        let Some(rules) = self.field.grants() else { return };
        if self.senders[sender].meets != Some(at) || self.senders[sender].calling {
            return;
        }
        let own = &self.senders[sender];
        let waits = !own.coming && self.waiting.get(&sender).is_some_and(|waiting| !waiting.is_empty());
        if (own.queue.is_empty() || own.granted) && !waits {
            self.senders[sender].meets = None;
            return;
        }
        self.calls.push((self.now, self.preamble(rules, sender), sender));
        self.senders[sender].calling = true;
        let rate = usize::from(self.field.antennas[sender].rate);
        self.post(self.now + rules.setup[rate].0, Event::Called(sender, self.now));
    }

    pub(super) fn called(&mut self, sender: usize, begun: u64) {
        let Some(rules) = self.field.grants() else { return };
        let own = *self.calls.iter().find(|call| call.0 == begun && call.2 == sender).unwrap();
        let same = self.calls.iter().filter(|call| (call.0, call.1) == (own.0, own.1)).count();
        (self.senders[sender].calling, self.senders[sender].meets) = (false, None);
        let better = if self.field.errors.is_none() { 0.5 } else { 1.0 };
        let rate = usize::from(self.field.antennas[sender].rate);
        let heard = self.power(sender, self.field.gateway()) >= self.field.sensitivity[rate] * better;
        if heard && (rules.preambles == 0 || same < 2) {
            self.senders[sender].stays = self.now + rules.stays.0;
            if !self.senders[sender].granted {
                self.take_lane(sender);
            }
            return self.goes_down(sender);
        }
        let up = self.senders[sender].queue.front().copied();
        let waiting = self.waiting.get(&sender).and_then(|waiting| waiting.front()).copied();
        let Some(id) = up.or(waiting) else { return };
        let own = &mut self.senders[sender];
        let waits = if up.is_some() { &mut own.waits } else { &mut own.tried };
        *waits += 1;
        let waits = *waits;
        if waits <= u64::from(rules.tries) {
            let [key, name] = self.messages[id].key;
            let name = occasion(&[name, waits, 3 << 32]);
            let wait = self.air.below(rules.backoff.0, key, name);
            return self.call_at(sender, Self::chance(rules, self.now + wait));
        }
        let why = if heard { "busy" } else { "weak" };
        if up.is_some() {
            why.clone_into(&mut self.senders[sender].why);
            self.finish(sender, self.now);
            return self.waits_for(sender);
        }
        self.waiting.get_mut(&sender).unwrap().pop_front();
        self.senders[sender].tried = 0;
        self.lose(id, why);
        self.waits_for(sender);
    }

    pub(super) fn granted_ended(&mut self, at: usize, missed: Option<&'static str>) {
        let (frame, Some(rules)) = (self.frames[at], self.field.grants()) else { return };
        let sender = frame.from;
        self.senders[sender].stays = self.now + rules.stays.0;
        let more = self.rest(sender) > 0;
        let own = &mut self.senders[sender];
        let again = match missed {
            Some(why) => {
                why.clone_into(&mut own.why);
                own.attempt += 1;
                own.attempt <= u64::from(rules.tries)
            }
            None if more => {
                (own.piece, own.attempt) = (own.piece + 1, 0);
                true
            }
            None => false,
        };
        if again {
            self.take_lane(sender);
        } else {
            if let (Some(id), None) = (frame.message, missed) {
                self.senders[sender].delivered = true;
                self.arrive(id);
            }
            self.finish(sender, self.now);
        }
        self.goes_down(sender);
    }

    /// Something waits for a device.
    pub(super) fn waits_for(&mut self, device: usize) {
        let Some(rules) = self.field.grants() else { return self.goes_down(device) };
        if self.senders[device].stays >= self.now && self.senders[device].stays > 0 {
            return self.goes_down(device);
        }
        if rules.pages.0 > 0 && self.waiting.get(&device).is_some_and(|waiting| !waiting.is_empty()) {
            let mut at = self.page_phase(device, rules.pages.0);
            while at < self.now {
                at += rules.pages.0;
            }
            self.call_at(device, Self::chance(rules, at));
        }
    }

    fn page_phase(&self, device: usize, cycle: u64) -> u64 {
        // The key of the device's own flow is that of the device, less the flow's number.
        (self.keys[device] ^ device as u64) % cycle
    }

    /// What waits for a device goes to it, if it is connected and nothing else does.
    fn goes_down(&mut self, device: usize) {
        let own = &self.senders[device];
        if own.coming {
            return;
        }
        let Some(&id) = self.waiting.get(&device).and_then(|waiting| waiting.front()) else { return };
        let rate = usize::from(self.field.antennas[device].rate);
        let begins = match self.field.grants() {
            Some(rules) => {
                if own.stays < self.now {
                    return;
                }
                let bytes = self.piece(id, rate, own.part).0;
                let (lane, begins) = self.lane(rules, self.field.airtimes[rate][bytes as usize]);
                return self.comes(device, begins, u64::from(lane));
            }
            None => own.stays.max(self.now),
        };
        self.comes(device, begins, 0);
    }

    fn comes(&mut self, device: usize, begins: u64, lane: u64) {
        self.senders[device].coming = true;
        if begins > self.now {
            self.post(begins, Event::Down(device, lane))
        } else {
            self.down_at(device, lane)
        }
    }

    pub(super) fn down_at(&mut self, device: usize, lane: u64) {
        let Some(&id) = self.waiting.get(&device).and_then(|waiting| waiting.front()) else { return };
        let rate = usize::from(self.field.antennas[device].rate);
        let (bytes, rest) = self.piece(id, rate, self.senders[device].part);
        let [key, name] = self.messages[id].key;
        let lasts = self.field.airtimes[rate][bytes as usize];
        let key = [key, occasion(&[name, rest])];
        self.air([self.field.gateway(), device], lane as u16, rate, lasts, Some(id), (bytes, key));
    }

    pub(super) fn down_ended(&mut self, at: usize, missed: Option<&'static str>) {
        let frame = self.frames[at];
        let (device, Some(id)) = (frame.to, frame.message) else { return };
        let rest = self.piece(id, usize::from(self.field.antennas[device].rate), self.senders[device].part).1;
        let own = &mut self.senders[device];
        own.coming = false;
        if missed.is_none() && rest > 0 {
            own.part += 1;
        } else {
            (own.part, own.tried) = (0, 0);
            self.waiting.get_mut(&device).unwrap().pop_front();
            match missed {
                Some(why) => self.lose(id, why),
                None => self.arrive(id),
            }
        }
        match self.field.access {
            Access::Grants(rules) => self.senders[device].stays = self.now + rules.stays.0,
            Access::Wire { gap } => self.senders[device].stays = self.now + gap.0,
            _ => (),
        }
        self.goes_down(device);
    }
}
