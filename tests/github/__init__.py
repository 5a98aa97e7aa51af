"""A GitHub for tests, on loopback: it remembers what it was told, and says no as GitHub does.

`state` is what there is (gists with their revisions, repositories with their commits), `shapes` how the API tells it,
`server` the API itself, with failures to order.

    with github() as hub:
        gist = hub.add_gist({"hello.py": "print(1)\\n"})
        hub.url                                  # for the setting `share.api_base`
        hub.fail(409, when="PATCH /gists/")      # the next such request fails
        hub.meanwhile("PATCH /gists/", lambda: hub.edit_gist(gist.id, {"hello.py": "print(2)\\n"}))
"""
