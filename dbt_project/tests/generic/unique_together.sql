{#- No two rows share the same values in these columns. Args: columns (list of str). -#}
{% test unique_together(model, columns) %}

{{ keys_of_several_rows(model, columns) }}

{% endtest %}
