"""How a build of one office or of a country is cut into tasks, run, kept and put together.

Offices are read in batches (`batches`), here or on Dask (`running`); what a batch gives is kept as
segments of tables (`segments`), what a page says as readings (`readings`), both under the version
of the code that made them (`code`). The files of the dataset are put together from segments
(`parts`). No rule of the dataset stands here.
"""
