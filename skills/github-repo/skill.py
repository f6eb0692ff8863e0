"""github-repo: facts about a GitHub repository. With `private` the request carries a token that this code never sees."""

from collections import OrderedDict

import blufio


def main():
    given = blufio.input()
    headers = {"Accept": "application/vnd.github+json", "User-Agent": "blufio-tui-github-repo"}
    if given.get("private"):
        # The host puts the value in, for api.github.com only.
        headers["Authorization"] = "Bearer {{secret:GITHUB_TOKEN}}"
    response = blufio.http("GET", "https://api.github.com/repos/" + given["repo"], headers)
    if response.status == 404:
        raise ValueError("there is no public repository %s; a private one needs private = true" % given["repo"])
    if response.status != 200:
        raise ValueError("GitHub answered with status %d" % response.status)
    repo = response.json()
    result = OrderedDict()
    result["repo"] = repo["full_name"]
    result["description"] = repo["description"]
    result["language"] = repo["language"]
    result["stars"] = repo["stargazers_count"]
    result["forks"] = repo["forks_count"]
    result["open_issues"] = repo["open_issues_count"]
    result["license"] = (repo.get("license") or {}).get("spdx_id")
    result["default_branch"] = repo["default_branch"]
    result["last_push"] = repo["pushed_at"]
    result["archived"] = repo["archived"]
    blufio.output(result)


main()
