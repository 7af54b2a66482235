"""Renders on other machines, or in this process by the same calls: Dask distributed behind the port `agents.context.Renderer`.

`client.DaskRenderer` asks, `worker` does the work, `job` is what travels between them, `addresses` says who may talk to whom. Needs the extra
`scale`; nothing here is imported where the setting is empty.
"""
