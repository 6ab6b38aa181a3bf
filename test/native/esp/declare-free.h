void fake_free(void *buffer);
