//! The OpenAPI document: valid, complete, and what the server does. Every other test holds each answer against it.

use crate::support::{
    api::Api,
    client::{Client, document},
};
use api::Access;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Every operation: method, path and description.
fn operations() -> Vec<(Method, &'static str, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (method.to_uppercase().parse().unwrap(), path.as_str(), operation))
    });
    operations.collect()
}

fn example(path: &str) -> String {
    path.replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057").replace("{token}", "x").replace("{file}", "")
}

#[tokio::test]
async fn no_route_of_the_api_answers_without_a_key() {
    let api = Api::start().await;
    let mut routes = 0;
    for (method, path, operation) in operations() {
        if path.starts_with("/v1/") {
            routes += 1;
            let path = example(path);
            for caller in
                [api.anyone.clone(), api.anyone.with_key("hk_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
            {
                let answer = caller.send(method.clone(), &path, |request| request).await;
                assert_eq!(answer.refusal(), (401, "unauthorized".into()), "{method} {path}");
            }
            let for_people = api::routes().iter().any(|route| {
                let access =
                    matches!(route.access, api::Access::Guarded { portal, .. } if portal != api::Portal::Nobody);
                access && route.method.as_str() == method.as_str() && example(route.path) == path
            });
            let credentials = match for_people {
                true => json!([{ "api_key": [] }, { "portal_token": [] }]),
                false => json!([{ "api_key": [] }]),
            };
            assert_eq!(operation["security"], credentials, "{method} {path}");
        } else {
            assert!(operation.get("security").is_none(), "{method} {path}");
        }
    }
    let guarded = api::routes().iter().filter(|route| matches!(route.access, Access::Guarded { .. })).count();
    assert_eq!(routes, guarded, "a route is guarded and not documented, or the other way round");
}

#[tokio::test]
async fn every_documented_route_is_served() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for (method, path, _) in operations() {
        let answer = admin.send(method.clone(), &example(path), |request| request).await;
        assert_ne!(answer.status, 405, "{method} {path}");
        if answer.status == 404 && answer.header("content-type").contains("json") {
            assert_ne!(answer.code(), "not_found", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_document_is_served_as_it_is_made() {
    let api = Api::start().await;
    let served = api.anyone.get("/openapi.json").await.json();
    assert_eq!(served, serde_json::to_value(api::openapi()).unwrap());
    assert_eq!(served["openapi"], "3.1.0");
}

/// The schema is the OpenAPI Initiative's own (Apache-2.0), <https://spec.openapis.org/oas/3.1/schema/2022-10-07>.
#[test]
fn the_document_is_openapi_3_1() {
    let schema: Value = serde_json::from_str(include_str!("openapi/openapi-3.1.schema.json")).unwrap();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    let document = serde_json::to_value(api::openapi()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!validator.is_valid(&json!({ "openapi": "3.1.0", "info": {} })));
}

#[test]
fn the_document_is_sound() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let mut references = Vec::new();
    collect(&document, "$ref", &mut references);
    assert!(!references.is_empty());
    for reference in &references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        let used = json!(format!("#/components/schemas/{name}"));
        assert!(references.contains(&used), "{name} is used nowhere");
        let schema = json!({ "components": document["components"], "$ref": used });
        jsonschema::draft202012::options().build(&schema).unwrap();
    }

    let mut ids = HashSet::new();
    for (method, path, operation) in operations() {
        let told = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{told}: its id is used twice");
        assert!(operation["summary"].is_string(), "{told}: no summary");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let mut declared: Vec<&str> = Vec::new();
        for parameter in &parameters {
            assert!(parameter["schema"].is_object(), "{told}: {parameter}");
            if parameter["in"] == "path" {
                assert_eq!(parameter["required"], true, "{told}");
                declared.push(parameter["name"].as_str().unwrap());
            }
        }
        let in_path: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(declared, in_path, "{told}");
        let responses = operation["responses"].as_object().unwrap();
        for (status, response) in responses {
            assert!(!response["description"].as_str().unwrap().is_empty(), "{told} {status}");
            if path.starts_with("/v1/") && status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{told} {status}");
            }
        }
    }
}

fn collect(value: &Value, key: &str, found: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(key).cloned());
            members.values().for_each(|member| collect(member, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let api = Api::start().await;
    let moved = api.anyone.get("/docs").await;
    assert_eq!((moved.status, moved.header("location")), (308, "docs/"));
    let page = api.anyone.get("/docs/").await;
    assert_eq!(page.status, 200);
    let mut loaded = 0;
    for attribute in ["src=\"", "href=\""] {
        for part in page.text().split(attribute).skip(1) {
            let address = part.split('"').next().unwrap();
            assert!(!address.contains("//"), "{address}");
            let file = address.trim_start_matches("./");
            assert_eq!(fetched(&api.anyone, file).await, 200, "{file}");
            loaded += 1;
        }
    }
    assert!(loaded >= 4, "{}", page.text());
    let start = api.anyone.get("/docs/swagger-initializer.js").await;
    assert!(start.text().contains("\"../openapi.json\""), "{}", start.text());
    assert!(start.text().contains("\"validatorUrl\": \"none\""), "{}", start.text());
    assert!(!start.text().contains("://"), "{}", start.text());
    for answer in [page, start] {
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
    }
}

async fn fetched(client: &Client, file: &str) -> u16 {
    client.get(&format!("/docs/{file}")).await.status
}
