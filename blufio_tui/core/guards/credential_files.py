"""Names of files that usually hold passwords, keys or tokens. Recognised by name alone, so that the check reads
nothing.

Compared without case and without Unicode form, as some file systems do. A name that is wrongly on the list costs
one question; one that is missing hands a key to a model.
"""

import re
from functools import lru_cache
from posixpath import splitext

from blufio_tui.core.guards.paths import Places, covers, loose


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FOLDERS = frozenset(
    _names(
        """
    .ssh .gnupg .aws .azure .kube .docker .password-store .mozilla .thunderbird .oci .bluemix .doctl .fly
    .minikube .chef .vault .terraform.d .ngrok2 .cloudflared .wrangler .sops .age .electrum .bitcoin .ethereum
    .litecoin .putty .pki .secrets keyrings keychains wireguard openvpn system-connections letsencrypt .env.d
    """
    )
)
_PLACES = tuple(
    f"/{name}/"
    for name in _names(
        """
    .config/gcloud .config/op .config/google-chrome .config/chromium .config/bravesoftware
    .config/microsoft-edge .config/vivaldi .config/rclone .config/doctl .config/hub .config/netlify
    .config/heroku .config/stripe .config/ngrok .config/scw .config/hcloud .config/sops .config/age
    .config/keepassxc .config/github-copilot .config/gh .config/glab-cli .config/containers .config/mc
    .config/aerc .config/msmtp .config/neomutt .config/weechat .config/irssi .config/signal .config/slack
    .config/discord .config/1password .config/bitwarden .local/share/keyrings .local/share/kwalletd
    .local/share/heroku .local/share/containers/auth .cache/huggingface/token library/keychains library/cookies
    library/mail .mc .op .solana .near-credentials .foundry/keystores
    """
    )
)
_FIRST_NAMES = frozenset(place.split("/")[1] for place in _PLACES)
_ENDINGS = _names(
    """
    /.git/config /.m2/settings.xml /.m2/settings-security.xml /.gradle/gradle.properties /.cargo/credentials
    /.cargo/credentials.toml /.gem/credentials /.composer/auth.json /.config/composer/auth.json
    /.local/share/rubygems/credentials /.subversion/auth /etc/shadow /etc/gshadow /etc/sudoers /etc/krb5.keytab
    /.netlify/config.json /.databrickscfg /.snowsql/config /.snowflake/config.toml /.config/pip/pip.conf
    /.pip/pip.conf /.dbt/profiles.yml /.kaggle/kaggle.json /.codex/auth.json /.claude/.credentials.json
    /.gemini/oauth_creds.json /.huggingface/token /storage/oauth-private.key /config/master.key
    /config/database.yml /config/credentials.yml.enc /config/secrets.yml /.streamlit/secrets.toml
    /.jupyter/jupyter_server_config.json /.cloudflared/cert.pem /.config/prefect/profiles.toml
    """
)
_DATA = r"(json5?|jsonc|toml|ya?ml|ini|xml|txt|cfg|conf|properties|plist|csv|enc|env)"
_BACKUP = r"([~]|\.(bak|old|orig|save|backup|copy|swp|tmp|\d+)|[-_](bak|backup|old|copy))?"
_NAMES = re.compile(
    r"("
    # environment files, in all their spellings
    r"\.env([.\-_].+)?|.+\.env|env\.(local|prod|production|staging)|\.envrc.*|\.dev\.vars.*|\.flaskenv|\.secrets?(\..+)?"
    # credentials of programs, in the home folder or in a project
    r"|[._]netrc|\.pgpass|pgpass\.conf|\.my\.cnf|\.mylogin\.cnf|\.npmrc|\.yarnrc(\.yml)?|\.pypirc|\.git-credentials"
    r"|\.s3cfg|\.boto|\.dockercfg|\.dockerconfigjson|\.htpasswd|\.htdigest|\.vault-token|\.vault_pass(word)?(\.txt)?"
    r"|vault[-_]pass(word)?(\.txt)?|\.terraformrc|terraform\.rc|\.passwd.*|\.rediscli_auth|\.fetchmailrc|\.msmtprc"
    r"|\.mbsyncrc|\.offlineimaprc|\.esmtprc|\.smbcredentials|\.cifs(credentials)?|\.pwd|\.gist|\.jira\.d|\.influxrc"
    r"|nuget\.config|\.nugetconfig|\.ftpconfig|\.remote-sync\.json|sftp(-config)?\.json|filezilla\.xml"
    r"|sitemanager\.xml|recentservers\.xml|\.erlang\.cookie|\.xauthority|\.iceauthority|\.muttrc|\.gitlab-token"
    r"|\.github[-_]?token|\.hub|\.ghtoken|\.rspec_secret|\.sentryclirc|\.clasprc(\.json)?|\.cvspass|\.sops\.ya?ml"
    r"|\.databrickscfg|\.snowflake|\.kaggle|kaggle\.json|\.azureauth|azureauth\.json|\.tugboat|\.travis_token"
    r"|\.?rclone\.conf|\.mailrc|\.condarc|\.twine|\.openai|utc--.+"
    rf"|(o?auth2?|\.auth|oauth2?[-_]?(creds?|credentials?|tokens?))\.{_DATA}"
    # names that say it
    rf"|\.?credentials?(([-_.].*)?\.{_DATA}|\.db|[-_]\w+)?|.*[-_.]credentials?\.{_DATA}|creds?\.{_DATA}"
    rf"|(.*[-_.])?secrets?([-_.].*)?\.{_DATA}|secrets|\.secret[-_].*"
    rf"|(.*[-_.])?passwords?([-_.].*)?\.{_DATA}|passwords?|passwd|(.*[-_])?passphrase(\.txt)?|logins\.json"
    rf"|\.?(access|api|auth|bearer|refresh|session|id|bot|github|gitlab|slack|npm|pypi)?[-_.]?tokens?"
    rf"(\.{_DATA}|\.pickle)?|tokens?[-_.].*\.(json|pickle|txt)|.*[-_]tokens?\.(json|pickle|txt)"
    rf"|\.?(api|private|secret|access|signing|master|deploy|ssh|encryption)[-_.]?keys?(\.{_DATA})?"
    rf"|(.*[-_])?service[-_.]?account.*\.json|client[-_]?secrets?.*\.json|.*firebase[-_]adminsdk.*\.json"
    r"|application[-_]default[-_]credentials\.json|google[-_]services\.json|googleservice-info\.plist|gcp[-_]?key.*\.json"
    r"|gcloud[-_].*\.json|adc\.json|key\.json|keyfile(\.json)?|.*[-_.]key\.json|.*[-_]sa\.json|publishsettings"
    r"|local\.settings\.json|appsettings\.(production|staging|development|local)\.json|local\.properties"
    r"|keystore\.properties|key\.properties|signing\.properties|gradle-local\.properties|wp-config.*\.php"
    r"|localsettings\.php|settings\.local\.(php|py)|local_settings\.py|settings[-_]secret.*\.py"
    r"|database\.ya?ml|accesskeys.*\.csv|.*[-_]?accesskeys\.csv|rootkey\.csv|new_user_credentials\.csv"
    r"|master\.key|.*\.kubeconfig|kube[-_.]?config.*|.+\.tfstate(\..+)?|.+\.tfvars(\.json)?|terraform\.tfstate.*"
    r"|pulumi\..*\.yaml|ansible[-_]vault.*|vault\.(ya?ml|json)|wg\d+\.conf|.*\.ovpn|.*\.nmconnection"
    r"|wpa_supplicant\.conf|.*\.rdp|.*\.remmina|.*\.mobileconfig|.*\.agilekeychain|.*\.opvault|.*\.psafe3"
    # histories and stores of browsers and clients
    r"|\.(bash|zsh|sh|fish|ksh|python|psql|mysql|sqlite|node_repl|rediscli|irb|mongo|mongosh|dbshell)_?history"
    r"|\.(zhistory|histfile|lesshst|viminfo)|cookies(\.(sqlite|txt|json|binarycookies))?(-journal|-wal)?|login data"
    r"|web data|key[34]\.db|cert[89]\.db|signons\.sqlite|wallet\.dat|.*\.wallet|seed(phrase)?\.txt|mnemonic(\.txt)?"
    r"|storage[-_]?state\.json|.+\.har|ntuser\.dat|security\.hive|ntds\.dit"
    # keys themselves
    r"|id_(rsa|dsa|ecdsa|ed25519|ed448|xmss)(_sk)?([-_.].+)?|identity|.*[-_.](rsa|dsa|ecdsa|ed25519)|ssh_host_.*_key"
    r"|.+\.(pem|p12|pfx|p8|p7b|kdbx?|key|ppk|jks|jceks|bks|keystore|keytab|asc|gpg|pgp|age|pkcs12|pvk|snk|privkey"
    r"|mobileprovision|keychain(-db)?|sparsebundle-key|private)|privkey.*|server[-_]?key|.*[-_]private"
    r"|shadow|gshadow|master\.passwd|sudoers"
    r")" + _BACKUP,
    re.DOTALL,
)
_PUBLIC = re.compile(r".*\.pub|.*[-_.](example|sample|template|dist|schema)(\.\w+)?|.*\.(example|sample|template|dist)")


@lru_cache(maxsize=1024)  # a gate asks three times about each file: twice to decide, once for its flow
def usually_holds_credentials(path: str, places: Places) -> bool:
    """True for a file or folder of a kind that usually holds passwords, keys or tokens.

    Folders above the project are ignored: someone may keep a project in `~/secrets`.

    Args:
        path: canonical and absolute.
    """
    inside = covers(places.project, path) and places.project != "/"
    spelled = loose(path.removeprefix(places.project) if inside else path)
    *folders, name = spelled.split("/")
    if not _FOLDERS.isdisjoint((*folders, name)) or spelled.endswith(_ENDINGS):
        return True
    if not _FIRST_NAMES.isdisjoint((*folders, name)) and any(place in f"{spelled}/" for place in _PLACES):
        return True
    # Without case, a dotless i is an i. Nothing else that `loose` leaves is another case of a letter of the pattern.
    return _NAMES.fullmatch(name.replace("ı", "i")) is not None and not _is_public(name)


def _is_public(name: str) -> bool:
    """`.env.example`, `id_rsa.pub`: made to be shown. `.env.example.local` is no example."""
    return _PUBLIC.fullmatch(name) is not None and splitext(name)[1] not in (".local", ".bak", ".old")
