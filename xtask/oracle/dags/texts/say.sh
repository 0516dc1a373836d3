echo "$WORD {{ ds_nodash }}"
