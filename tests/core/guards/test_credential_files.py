"""Names that usually mean a password, a key or a token, and names that only look so."""

import re
import string
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.paths import Places, loose

PLACES = Places("/home/p", "/home/p/work")

IN_PROJECT = str.split("""
rclone.conf .rclone.conf oauth2.json oauth2_token.json .mailrc .condarc .env.d/api UTC--2026-01-01T00-00-00Z--ab
.env .env.local .env.production .env.prod.bak .env.example.local prod.env .envrc .envrc.private .dev.vars
.dev.vars.production .flaskenv .secrets secrets.json secrets.yaml secrets.toml app-secrets.yml secrets.prod.yaml
client_secret.json client_secret_1234.apps.googleusercontent.com.json client-secrets.json serviceAccountKey.json
service-account.json my_service_account_prod.json firebase-adminsdk.json acme-firebase-adminsdk-x1.json
application_default_credentials.json gcp-key.json key.json auth.json oauth.json oauth_creds.json .auth.json
credentials credentials.json credentials.toml aws-credentials.ini token token.json token.pickle tokens.json
access_token.txt api_key.txt api-keys.json apikey.txt private_key.txt password.txt passwords.csv passwd passphrase.txt
id_rsa id_ed25519 id_rsa.bak id_ed25519.old id_ecdsa_sk id_rsa~ deploy_rsa deploy.pem site.key AuthKey_ABC.p8 cert.p12
cert.pfx office.ovpn laptop.kdbx release.jks upload.keystore krb5.keytab host.ppk mail.gpg backup.asc server_key
privkey.pem privkey1.pem kubeconfig kubeconfig.yaml kube-config.yml prod.kubeconfig terraform.tfstate
terraform.tfstate.backup terraform.tfstate.1700000000.backup prod.tfvars prod.auto.tfvars.json wp-config.php
wp-config.php.bak wp-config-prod.php LocalSettings.php local_settings.py local.settings.json
appsettings.Production.json config/database.yml config/master.key config/credentials.yml.enc .netrc _netrc .pgpass
.my.cnf .npmrc .yarnrc.yml .pypirc .git-credentials .git/config .s3cfg .boto .dockercfg .docker/config.json .htpasswd
.vault-token .vault_pass .sentryclirc .clasprc.json sftp-config.json .ftpconfig .bash_history .zsh_history
.psql_history .python_history .viminfo cookies.sqlite cookies.txt Cookies logins.json key4.db wallet.dat seed.txt
rootkey.csv bot_accessKeys.csv wg0.conf wpa_supplicant.conf vpn.nmconnection session.har keystore.properties
local.properties .Xauthority .erlang.cookie .ssh/config .aws/config .gnupg/x .kube/config .streamlit/secrets.toml
NuGet.Config vault.yml GoogleService-Info.plist
""")

ELSEWHERE = str.split("""
/etc/shadow /home/p/.ssh/id_rsa /home/p/.aws/credentials /home/p/.config/gh/hosts.yml /home/p/.config/gcloud/x.db
/home/p/.m2/settings.xml /home/p/.cargo/credentials.toml /home/p/.kaggle/kaggle.json /home/p/.codex/auth.json
/home/p/.claude/.credentials.json /home/p/.mozilla/firefox/x/key4.db /etc/letsencrypt/live/x/fullchain.pem
/home/p/Library/Keychains/login.keychain-db /home/p/.local/share/keyrings/login.keyring
/etc/NetworkManager/system-connections/home /home/p/.gradle/gradle.properties /home/p/.composer/auth.json
""")

ORDINARY = str.split("""
README.md src/main.py secrets.py src/token.py tokens.py tokenizer.json tokenizer_config.json src/auth.ts auth.py
keys.py src/op/add.py .env.example .env.sample .env.template prod.env.example id_rsa.pub environment.yml env.py
docs/passwords.md docs/secret-santa.md password_test.go credential.go config.toml package.json monkey.json
keyboard.json hockey.json cookies.py history.md CHANGELOG.md terraform.tf main.tf kubernetes.yaml design-tokens.css
.gitignore tests/test_secrets.py identity.py certs.md wp-content/index.php Cargo.lock requirements.txt
""")


@pytest.mark.parametrize("path", [*(f"/home/p/work/{name}" for name in IN_PROJECT), *ELSEWHERE])
def test_a_name_that_means_a_credential_is_known(path: str) -> None:
    assert usually_holds_credentials(path, PLACES)
    assert usually_holds_credentials(path.upper().replace("/HOME/P/WORK", "/home/p/work"), PLACES)


@pytest.mark.parametrize("name", ["ıd_rsa", "crede\u017fecret.pem", ".\u212aube/config", "CREDENT\u0131ALS.json"])
def test_letters_that_are_another_case_of_a_latin_one_hide_no_name(name: str) -> None:
    assert usually_holds_credentials(f"/home/p/work/{name}", PLACES)


def test_all_that_a_normal_form_leaves_of_other_cases_is_the_dotless_i() -> None:
    """The names are compared in this form, with their own case; this is what makes that enough."""
    text = "".join(map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1))))
    left = set(re.findall("[a-z]", loose(text), re.IGNORECASE))
    assert left == {*string.ascii_lowercase, "ı"}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_file_is_not_taken_for_one(name: str) -> None:
    assert not usually_holds_credentials(f"/home/p/work/{name}", PLACES)


def test_what_stands_above_the_project_says_nothing_about_it() -> None:
    inside = Places("/home/p", "/home/p/.ssh/work")
    assert not usually_holds_credentials("/home/p/.ssh/work/README.md", inside)
    assert usually_holds_credentials("/home/p/.ssh/config", inside)


@given(st.lists(st.text("abcXY. -_\u00e9/", min_size=1, max_size=12), max_size=4), st.sampled_from(IN_PROJECT))
def test_no_folder_makes_a_credential_ordinary(folders: list[str], name: str) -> None:
    below = "/".join(folder.strip("/") for folder in folders if folder.strip("/"))
    assert usually_holds_credentials(f"/home/p/work/{below}/{name}".replace("//", "/"), PLACES)
