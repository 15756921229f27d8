//! Contract: what a profile does not allow does not get through a guarded conduit. Observed flows are held against a
//! shipped profile and written as a scenario; under `segmentation` every flow that the profile denies, or has no
//! entry for, is lost to that control wherever it crosses between zones, and the file says why; what the profile
//! accepts is not, and without the control nothing is.

use crate::{begin, finish, read};
use scenarios::import::verdict::Names;
use scenarios::import::{fleet, flows, mud, write};
use sim::fact::{By, Fact, Kind};
use sim::kinds::{CHARGE_LOST, DUE, LOST, MILLIONTHS};
use std::collections::BTreeMap;
use std::sync::Arc;

const CAMERA: &[u8] = include_bytes!("../../shipped/import/ip-camera.json");
const HOSTS: &[u8] = b"203.0.113.7 firmware.hollis.example\n10.20.3.3 urn:ietf:params:mud:dns\n";

/// A hundred of each in one day: a firmware check and a look-up, which the profile accepts; a login, which it denies;
/// a call that it says nothing of; and one that stays in the zone.
fn observed() -> String {
    let kinds = [
        "203.0.113.7,6,40000,443,egress,True",
        "10.20.3.3,17,40002,53,egress,",
        "203.0.113.7,6,40000,23,egress,True",
        "198.51.100.9,6,40001,4444,egress,True",
        "10.20.9.9,6,40001,4444,egress,True",
    ];
    let row = |at: usize| format!("2026-01-01 10:00:00,10.20.5.1,{}\n", kinds[at % kinds.len()]);
    let header = "first_seen,device_ip,remote_ip,ip_protocol,device_port,remote_port,direction,tcp_initiated_by_device\n";
    (0..100 * kinds.len()).map(row).fold(header.to_owned(), |text, row| text + &row)
}

#[test]
fn what_a_profile_does_not_allow_is_lost_to_segmentation_between_zones() {
    let profile = mud::read("ip-camera.json", CAMERA).expect("a profile");
    let names = Names::read("hosts", HOSTS).expect("names");
    let seen = flows::read("flows.csv", observed().as_bytes()).expect("flows");
    let draft = fleet::from_flows(&profile, &names, &seen).expect("a draft");
    let written = write::scenario(&draft).expect("a scenario");
    let text = &written.first().expect("a file").1;
    let guarded = "[strategy.guarded]\nsegmentation = [{ on = \"zones\", misrules = 0.0 }]\n";
    let scenario = Arc::new(read(&format!("{text}\n{guarded}")));
    let (mut denied, mut accepted) = (0, 0);
    for strategy in ["none", "guarded"] {
        let (mut sums, mut charged) =
            (BTreeMap::<(String, Kind), i64>::new(), BTreeMap::<String, i64>::new());
        finish(begin(&scenario, strategy), |fact: &Fact, core| {
            let flow = core.names.topic_name(fact.topic).to_owned();
            let by = core.names.cause_of(fact.charge.by);
            if CHARGE_LOST.contains(&fact.kind)
                && by.is_some_and(|cause| cause.by == By::Control && cause.name == "segmentation")
            {
                *charged.entry(flow.clone()).or_default() += fact.amount;
            }
            *sums.entry((flow, fact.kind)).or_default() += fact.amount;
        });
        for flow in &draft.flows {
            let sum = |kind: Kind| sums.get(&(flow.name.clone(), kind)).copied().unwrap_or_default();
            let charge = charged.get(&flow.name).copied().unwrap_or_default();
            let crosses = !flow.to.iter().any(|end| end.contains("10-20"));
            assert!(sum(DUE) > 50, "{}", flow.name);
            if strategy == "guarded" && !flow.declared && crosses {
                assert_eq!(sum(LOST), sum(DUE), "{}", flow.name);
                assert_eq!(charge, sum(LOST) * MILLIONTHS as i64, "{}", flow.name);
                assert!(text.contains(&format!("{}\n[flow.{}]", flow.is, flow.name)), "{}", flow.is);
                assert!(
                    flow.is.ends_with("denied by entry `no-telnet` of list `camera-from-ipv4`")
                        || flow
                            .is
                            .ends_with("no entry of `camera-from-ipv4`, `camera-from-ethernet` accepts it"),
                    "{}",
                    flow.is
                );
                denied += 1;
            } else {
                assert_eq!(charge, 0, "{strategy}: {}", flow.name);
                accepted += i32::from(flow.declared);
            }
        }
    }
    assert_eq!((denied, accepted), (2, 4));
}
