use super::*;
use serde_json::json;

#[test]
fn a_problem_carries_its_code_in_three_places_a_program_may_look() {
    let problem = Problem::export_not_found();
    let document = serde_json::to_value(problem.document("a-request")).unwrap();
    assert_eq!(
        document,
        json!({
            "type": "urn:handover:problem:export_not_found",
            "title": "No such export",
            "status": 404,
            "detail": "There is no export with this id that this caller may see.",
            "code": "export_not_found",
            "request_id": "a-request",
        })
    );
}

#[test]
fn findings_point_into_the_body() {
    let finding = Finding { pointer: "/formats/0".into(), detail: "unknown".into() };
    let document = Problem::invalid_request(vec![finding]);
    let document = serde_json::to_value(document.document("r")).unwrap();
    assert_eq!(document["errors"], json!([{ "pointer": "/formats/0", "detail": "unknown" }]));
    assert_eq!(document["detail"], "/formats/0: unknown");
}

#[test]
fn what_the_database_said_is_in_no_answer() {
    let problem = Problem::internal("password authentication failed for user admin");
    let document = serde_json::to_string(&problem.document("r")).unwrap();
    assert!(!document.contains("password"));
    assert!(!problem.to_string().contains("password"));
}
