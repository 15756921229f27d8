//! Observed flows: one row a flow, as a capture tool writes them.

use super::acl::Direction;
use super::csv_table::{self, key};
use super::json::short;
use super::{ImportError, Remark};
use std::net::IpAddr;

/// One observed flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Line in the file, from 1.
    pub line: u64,
    /// The day it was first seen, as written (`2016-11-10`); empty when the file does not say.
    pub day: String,
    /// The device's address.
    pub device: Option<IpAddr>,
    /// The other end's address.
    pub remote: IpAddr,
    /// IP protocol number.
    pub protocol: u8,
    /// The device's port.
    pub device_port: Option<u16>,
    /// The other end's port.
    pub remote_port: Option<u16>,
    /// Which way the first packet seen went.
    pub direction: Direction,
    /// Who opened the TCP connection; none when its opening was not seen.
    pub initiated: Option<Direction>,
    /// The access-control entry that the file's maker says this flow needs; never an input to a verdict.
    pub runtime_ace: String,
}

/// What a file of flows holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flows {
    /// The file it was read from.
    pub file: String,
    /// The flows in file order.
    pub observed: Vec<Observed>,
    /// Rows that could not be read.
    pub remarks: Vec<Remark>,
}

const EXPECTED: &str = "at least the columns `remote_ip`, `ip_protocol` and `direction` (also read: `first_seen`, \
     `device_ip`, `device_port`, `remote_port`, `tcp_initiated_by_device`, `runtime_ace`)";

/// Read a file of flows.
///
/// # Errors
/// When the file is empty, no text, too large, or has other columns. A row that makes no sense is a remark.
pub fn read(file: &str, bytes: &[u8]) -> Result<Flows, ImportError> {
    let table = csv_table::read(file, bytes, "list of flows", EXPECTED)?;
    let column = |name: &str| table.header.iter().position(|title| key(title) == key(name));
    let (Some(remote), Some(protocol), Some(direction)) =
        (column("remote_ip"), column("ip_protocol"), column("direction"))
    else {
        return Err(ImportError::NotThis {
            file: file.into(),
            what: "list of flows",
            expected: format!("expected {EXPECTED}; found {}", table.columns()),
        });
    };
    let optional =
        ["first_seen", "device_ip", "device_port", "remote_port", "tcp_initiated_by_device", "runtime_ace"];
    let [seen, device, device_port, remote_port, initiated, ace] = optional.map(column);
    let mut flows = Flows { file: file.to_owned(), observed: Vec::new(), remarks: table.remarks };
    for (line, cells) in &table.rows {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", String::as_str);
        let read = || -> Result<Observed, (&str, &str)> {
            let (at, number) = (cell(Some(remote)), cell(Some(protocol)));
            Ok(Observed {
                line: *line,
                day: cell(seen).split([' ', 'T']).next().unwrap_or_default().to_owned(),
                device: optional_cell("device_ip", cell(device))?,
                remote: at.parse().map_err(|_| ("remote_ip", at))?,
                protocol: number.parse().map_err(|_| ("ip_protocol", number))?,
                device_port: optional_cell("device_port", cell(device_port))?,
                remote_port: optional_cell("remote_port", cell(remote_port))?,
                direction: match cell(Some(direction)).to_ascii_lowercase().as_str() {
                    "egress" | "from-device" | "out" => Direction::FromDevice,
                    "ingress" | "to-device" | "in" => Direction::ToDevice,
                    _ => return Err(("direction", cell(Some(direction)))),
                },
                initiated: match cell(initiated).to_ascii_lowercase().as_str() {
                    "true" | "1" => Some(Direction::FromDevice),
                    "false" | "0" => Some(Direction::ToDevice),
                    "" => None,
                    _ => return Err(("tcp_initiated_by_device", cell(initiated))),
                },
                runtime_ace: cell(ace).to_owned(),
            })
        };
        match read() {
            Ok(observed) => flows.observed.push(observed),
            Err((at, found)) => {
                let text = format!("`{}` is none; the row is left out", short(found));
                flows.remarks.push(Remark { file: file.into(), line: *line, at: at.into(), text });
            }
        }
    }
    Ok(flows)
}

fn optional_cell<'a, T: std::str::FromStr>(
    column: &'a str,
    cell: &'a str,
) -> Result<Option<T>, (&'a str, &'a str)> {
    match cell {
        "" => Ok(None),
        _ => cell.parse().map(Some).map_err(|_| (column, cell)),
    }
}

impl Flows {
    /// On how many days there is at least one flow; one when the file gives no days.
    pub fn days(&self) -> usize {
        let days: std::collections::BTreeSet<&str> =
            self.observed.iter().map(|one| one.day.as_str()).collect();
        days.len().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_makes_no_sense_is_listed_and_the_others_are_read() {
        let text = "remote_ip,ip_protocol,direction,remote_port\n8.8.8.8,17,egress,53\nnowhere,17,egress,53\n8.8.8.8,6,sideways,1\n8.8.8.8,6,in,99999\n";
        let flows = read("f.csv", text.as_bytes()).unwrap();
        assert_eq!(flows.observed.len(), 1);
        let said: Vec<String> = flows.remarks.iter().map(ToString::to_string).collect();
        assert_eq!(said[0], "f.csv:3: remote_ip: `nowhere` is none; the row is left out");
        assert!(said[1].starts_with("f.csv:4: direction") && said[2].starts_with("f.csv:5: remote_port"));
    }

    #[test]
    fn another_table_is_refused_with_what_was_expected() {
        let refused = read("f.csv", b"name,role\na,b\n").unwrap_err().to_string();
        assert!(refused.contains("remote_ip") && refused.contains("`name`, `role`"), "{refused}");
    }
}
