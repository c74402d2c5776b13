//! The findings as a SARIF 2.1.0 log: what code scanning of forges and editors reads.

use serde_json::{Value, json};

use crate::domain::entrypoint::{Finding, Report, Severity, rules};

/// Where the format is described.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one report.
pub(super) fn log(report: &Report) -> Value {
    let rules: Vec<(&str, &str)> = rules::ALL
        .iter()
        .copied()
        .flatten()
        .map(|rule| (rule.id, rule.title))
        .collect();
    let result = |finding: &Finding| result(report, finding, &rules);
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "devtwin",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|(id, title)| json!({
                    "id": id,
                    "shortDescription": {"text": title},
                })).collect::<Vec<_>>(),
            }},
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(report: &Report, finding: &Finding, rules: &[(&str, &str)]) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut message = finding.meaning.clone();
    for line in &finding.evidence {
        message = format!("{message}\n{line}");
    }
    for line in &finding.advice {
        message = format!("{message}\nTo do: {line}");
    }
    let mut result = json!({
        "ruleId": finding.id,
        "level": level,
        "message": {"text": message},
        "locations": [{
            // Forges want a file: there is none but the image.
            "physicalLocation": {
                "artifactLocation": {"uri": uri(&report.image)},
                "region": {"startLine": 1},
            },
            "logicalLocations": [{"name": report.subject, "fullyQualifiedName": report.image}],
        }],
        "properties": {
            "evidence": finding.evidence,
            "advice": finding.advice,
            "package": finding.package,
        },
    });
    let index = rules.iter().position(|(id, _)| *id == finding.id);
    if let (Some(index), Some(fields)) = (index, result.as_object_mut()) {
        fields.insert("ruleIndex".into(), index.into());
    }
    result
}

/// A reference as a relative URI: a colon would make its beginning a scheme.
fn uri(reference: &str) -> String {
    let mut uri = String::new();
    for byte in reference.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            uri.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    uri
}

/// A hexadecimal digit.
fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16)
        .unwrap_or('0')
        .to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_is_a_result_at_the_image() {
        let finding = |id, severity| Finding {
            id,
            severity,
            evidence: vec!["ENTRYPOINT [\"/app\"]".into()],
            meaning: "nothing stands at /app".into(),
            advice: vec!["copy it".into()],
            package: None,
        };
        let report = Report {
            subject: "web".into(),
            image: "localhost:5000/acme/web:1".into(),
            findings: vec![
                finding("NOT_FOUND", Severity::Error),
                finding("OOM", Severity::Note),
            ],
            ..Report::default()
        };
        let log = log(&report);
        let run = &log["runs"][0];
        assert_eq!(log["version"], "2.1.0");
        let levels = run["results"].as_array().unwrap().iter();
        let levels: Vec<_> = levels.map(|r| (&r["ruleId"], &r["level"])).collect();
        assert_eq!(
            levels,
            [
                (&json!("NOT_FOUND"), &json!("error")),
                (&json!("OOM"), &json!("note")),
            ]
        );
        let first = &run["results"][0];
        assert_eq!(
            first["message"]["text"],
            "nothing stands at /app\nENTRYPOINT [\"/app\"]\nTo do: copy it"
        );
        let place = &first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(place, "localhost%3A5000/acme/web%3A1");
    }

    #[test]
    fn every_rule_is_named_once() {
        let log = log(&Report::default());
        let rules = log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap();
        let ids: std::collections::BTreeSet<_> = rules.iter().map(|r| r["id"].as_str()).collect();
        assert_eq!(ids.len(), rules.len());
    }
}
