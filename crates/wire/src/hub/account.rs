//! `GET /api/whoami-v2`.

use serde::Serialize;

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Whoami {
    /// Always `user`.
    pub r#type: &'static str,
    /// Stable id.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// For people to read.
    pub fullname: String,
    /// Whether the e-mail address was verified; there are none here.
    pub email_verified: bool,
    /// Paid features; there are none here.
    pub is_pro: bool,
    /// Groups.
    pub orgs: Vec<Org>,
    /// How they came in.
    pub auth: Auth,
}

/// A group of the account.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Org {
    /// Always `org`.
    pub r#type: &'static str,
    /// Stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// For people to read.
    pub fullname: String,
    /// `read`, `write` or `admin`.
    pub role_in_org: String,
}

/// How somebody came in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Auth {
    /// Always `access_token`.
    pub r#type: &'static str,
    /// The token.
    pub access_token: AccessToken,
}

/// A token, without its secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// What its owner calls it.
    pub display_name: String,
    /// `read`, `write` or `fineGrained`.
    pub role: String,
    /// When it was made.
    pub created_at: String,
}
